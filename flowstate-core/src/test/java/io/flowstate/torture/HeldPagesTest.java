package io.flowstate.torture;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.compression.Compression;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writers do not stop while modified pages are written, proved without a clock: while the
 * page log's sync is held, four threads change each of 10,000 modified pages again. Then
 * the checkpoint is let go and holds the cut; and no checkpoint writes a page twice. With
 * more pages by {@code -Dflowstate.torture.heldPages=30000}; the disk lies on the heap,
 * where each changed page takes a slot of 4 KiB, a frozen one another.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldPagesTest {

    private static final String NAME = "held-pages";

    private static final int THREADS = 4;

    private static final int VALUE_BYTES = 900; // four in a page

    private static final int CACHED_PAGES = 500;

    private final int pages = Torture.count("heldPages", 10_000);

    private final int entries = this.pages * 4;

    @Test
    void writersChangeAllPagesAgainWhileTheyAreWritten() throws Exception {
        MemoryDisk disk = MemoryDisk.empty();
        PageLogWatch watch = new PageLogWatch(disk.files());
        try (StateManager manager = open(disk.through((files) -> watch))) {
            SortedMapState<Integer, byte[]> map = map(manager);
            fill(map);

            CompletableFuture<Checkpoint> checkpoint;
            try (PageLogWatch.HeldSync held = watch.holdSync()) {
                checkpoint = manager.checkpointAsync();
                changeAll(map, 2);

                held.awaitCaller();
                assertThat(checkpoint).as("the checkpoint, while sync is held").isNotDone();
                assertThat(manager.lastCheckpoint()).isEmpty();
                assertHolds(map, 2);
            }
            checkpoint.get();
            assertEachOnce(watch.takeImages());
            assertHolds(map, 2);
            try (StateManager left = open(disk.copy())) {
                assertHolds(map(left), 1);
            }

            changeAll(map, 3);
            manager.checkpoint();
            assertEachOnce(watch.takeImages());
            assertThat(manager.stats().pages().fileWrites()).as("pages that went through the modified-page file")
                .isGreaterThan(this.pages);
        }
        try (StateManager left = open(disk)) {
            assertHolds(map(left), 3);
        }
        Torture.say(NAME, "%d pages were changed again while sync was held; the cut is exact, no page written twice",
                this.pages);
    }

    private static StateManager open(MemoryDisk disk) {
        return StateManager.open(disk.pagedOptions(disk.log(), CACHED_PAGES)
            .compression(Compression.zstd())
            .deviceTimeout(Duration.ofMinutes(10))
            .build());
    }

    private static SortedMapState<Integer, byte[]> map(StateManager manager) {
        return manager.scope("held").sortedMap("sorted", Serializers.int32(), Serializers.bytes());
    }

    private static byte[] value(int key, int generation) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) (key * 7 + generation));
        return value;
    }

    /** In order, so that pages are full. */
    private void fill(SortedMapState<Integer, byte[]> map) {
        TreeMap<Integer, byte[]> some = new TreeMap<>();
        for (int key = 0; key < this.entries; key++) {
            some.put(key, value(key, 1));
            if (some.size() == 1000 || key == this.entries - 1) {
                map.putAll(some);
                some.clear();
            }
        }
    }

    /** Each thread has one entry in each page. */
    private void changeAll(SortedMapState<Integer, byte[]> map, int generation) {
        CompletableFuture<?>[] all = new CompletableFuture<?>[THREADS];
        for (int thread = 0; thread < THREADS; thread++) {
            int first = thread;
            CompletableFuture<Void> done = new CompletableFuture<>();
            all[thread] = done;
            new Thread(() -> {
                try {
                    for (int key = first; key < this.entries; key += THREADS) {
                        map.put(key, value(key, generation));
                    }
                    done.complete(null);
                }
                catch (Throwable ex) {
                    done.completeExceptionally(ex);
                }
            }, "writer-" + thread).start();
        }
        CompletableFuture.allOf(all).join();
    }

    private void assertHolds(SortedMapState<Integer, byte[]> map, int generation) {
        int next = 0;
        try (StateCursor<Integer, byte[]> cursor = map.cursor()) {
            while (cursor.advance()) {
                if (cursor.key() != next || !Arrays.equals(cursor.value(), value(next, generation))) {
                    assertThat(cursor.key()).isEqualTo(next);
                    assertThat(cursor.value()).as("value of %d", next).isEqualTo(value(next, generation));
                }
                next++;
            }
        }
        assertThat(next).as("entries").isEqualTo(this.entries);
    }

    private void assertEachOnce(List<PageLogWatch.Image> images) {
        Set<Long> written = new HashSet<>();
        for (PageLogWatch.Image image : images) {
            assertThat(written.add(image.page())).as("page %x is written for the first time", image.page()).isTrue();
        }
        assertThat(written).as("pages of the checkpoint").hasSizeGreaterThanOrEqualTo(this.pages);
    }

}
