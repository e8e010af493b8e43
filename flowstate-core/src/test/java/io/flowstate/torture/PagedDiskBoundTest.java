package io.flowstate.torture;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

import io.flowstate.PageStructure;
import io.flowstate.StateManager;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page log stays within twice the bytes of the pages that the kept checkpoints need,
 * two segments and the checkpoint under way, at each write of 100 checkpoints; and pages
 * of entries that are gone come back. Larger with
 * {@code -Dflowstate.torture.pagedRewrites=200000}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedDiskBoundTest {

    private static final String NAME = "paged-disk-bound";

    private static final int VALUE_BYTES = 900; // four in a page

    private static final long SEGMENT_BYTES = 2 << 20;

    private static final int TABLE_BYTES = 32; // of each page, in blocks of the table

    private final int entries = Torture.count("pagedRewrites", 12_000);

    private final int checkpoints = Torture.count("rewriteCheckpoints", 100);

    private final MemoryDisk disk = MemoryDisk.empty();

    private final MeasuredFiles files = new MeasuredFiles(this.disk.files());

    private final PageLogWatch watch = new PageLogWatch(this.files);

    // The test's thread writes, the checkpoint thread reads while the former waits.
    private volatile long neededBytes;

    private volatile double worst; // use by bound

    private final AtomicReference<String> excess = new AtomicReference<>();

    private StateManager open(int keep) {
        MemoryDisk watched = this.disk.through((below) -> this.watch);
        return StateManager
            .open(watched.pagedOptions(watched.log(), 100).segmentSize(SEGMENT_BYTES).checkpointsToKeep(keep).build());
    }

    private static SortedMapState<Integer, byte[]> map(StateManager manager) {
        return manager.scope("disk").sortedMap("sorted", Serializers.int32(), Serializers.bytes());
    }

    private static byte[] value(int key, int round) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) (31 * key + round));
        return value;
    }

    private void fill(SortedMapState<Integer, byte[]> map) {
        TreeMap<Integer, byte[]> all = new TreeMap<>();
        for (int key = 0; key < this.entries; key++) {
            all.put(key, value(key, 0));
        }
        map.putAll(all);
    }

    private long pageLogBytes() {
        return this.files.bytes((name) -> name.startsWith("pages-"));
    }

    @ParameterizedTest(name = "keep {0}, {1} percent, random {2}")
    @CsvSource({ "1, 5, false", "1, 5, true", "3, 5, false", "3, 5, true", "3, 100, false" })
    void thePageLogStaysSmallHoweverOftenEntriesAreOverwritten(int keep, int percent, boolean random) {
        long seed = Torture.seed(NAME);
        SplittableRandom numbers = Torture.random(seed, keep * 1000L + percent);
        Deque<Map<Long, PageLogWatch.Image>> kept = new ArrayDeque<>();
        Map<Long, PageLogWatch.Image> newest = new HashMap<>();
        this.files.onGrown(this::checkBound);
        int rounds = (percent == 100) ? this.checkpoints / 4 : this.checkpoints;
        try (StateManager manager = open(keep)) {
            SortedMapState<Integer, byte[]> map = map(manager);
            fill(map);
            int next = 0;
            for (int round = 0; round <= rounds; round++) {
                for (int i = (round == 0) ? 0 : this.entries * percent / 100; i > 0; i--) {
                    next = (next + 1) % this.entries;
                    int key = random ? numbers.nextInt(this.entries) : next;
                    map.put(key, value(key, round));
                }
                manager.checkpoint();
                this.watch.takeImages().forEach((image) -> newest.put(image.page(), image));
                kept.addFirst(new HashMap<>(newest));
                if (kept.size() > keep) {
                    kept.removeLast();
                }
                this.neededBytes = needed(kept);
                assertThat(this.excess.get()).as("round %d with seed %d", round, seed).isNull();
            }
            PageStructure.check(manager, StateKind.SORTED_MAP, "sorted");
        }
        Torture.say(NAME, "keep %d, %d%%, %s: at most %.2f of the bound; needed at the end %.1f MB, written %.0f MB",
                keep, percent, random ? "random" : "in order", this.worst, this.neededBytes / 1e6,
                this.files.written((name) -> name.startsWith("pages-")) / 1e6);
    }

    /** The bytes of the pages of the kept checkpoints, each content once. */
    private static long needed(Deque<Map<Long, PageLogWatch.Image>> kept) {
        Set<PageLogWatch.Image> images = new HashSet<>();
        kept.forEach((checkpoint) -> images.addAll(checkpoint.values()));
        return images.stream().mapToLong((image) -> image.bytes() + TABLE_BYTES).sum();
    }

    private void checkBound() {
        long used = pageLogBytes();
        long bound = 2 * this.neededBytes + 2 * SEGMENT_BYTES + this.watch.writtenBytes();
        if (used > bound) {
            this.excess.compareAndSet(null, "a page log of " + used + " bytes where " + this.neededBytes
                    + " are needed and " + this.watch.writtenBytes() + " under way");
        }
        this.worst = Math.max(this.worst, (double) used / bound);
    }

    @ParameterizedTest(name = "keep {0}")
    @ValueSource(ints = { 1, 3 })
    void pagesOfRemovedRangesComeBack(int keep) {
        assertComesBack(keep, (manager, map) -> map.removeRange(0, this.entries - 1));
    }

    @ParameterizedTest(name = "keep {0}")
    @ValueSource(ints = { 1, 3 })
    void pagesOfAClearedStateComeBack(int keep) {
        assertComesBack(keep, (manager, map) -> {
            map.clear();
            map.put(this.entries - 1, value(this.entries - 1, 0));
        });
    }

    @ParameterizedTest(name = "keep {0}")
    @ValueSource(ints = { 1, 3 })
    void pagesOfADroppedStateComeBack(int keep) {
        assertComesBack(keep, (manager, map) -> {
            assertThat(manager.scope("disk").drop("sorted")).isTrue();
            map(manager).put(this.entries - 1, value(this.entries - 1, 0));
        });
    }

    /** All but the last entry go, several times, and their space with them. */
    private void assertComesBack(int keep, BiConsumer<StateManager, SortedMapState<Integer, byte[]>> forgetting) {
        try (StateManager manager = open(keep)) {
            long highest = 0;
            map(manager).put(this.entries - 1, value(this.entries - 1, 0)); // as in later
                                                                            // turns
            for (int turn = 0; turn < 3; turn++) {
                SortedMapState<Integer, byte[]> map = map(manager);
                fill(map);
                manager.checkpoint();
                assertThat(pageLogBytes()).isGreaterThan((long) this.entries * VALUE_BYTES);
                long given = this.watch.takeImages().stream().mapToInt((image) -> (int) image.page()).max().orElse(0);
                highest = (turn == 0) ? given : highest;
                assertThat(given).as("highest page number of turn %d", turn).isLessThanOrEqualTo(highest);

                forgetting.accept(manager, map);
                int taken = 0;
                do {
                    manager.checkpoint();
                    assertThat(++taken).as("checkpoints until %d bytes of the page log are gone", pageLogBytes())
                        .isLessThan(50);
                }
                while (pageLogBytes() > 2 * SEGMENT_BYTES);
                assertThat(map(manager).get(this.entries - 1)).isEqualTo(value(this.entries - 1, 0));
                PageStructure.check(manager, StateKind.SORTED_MAP, "sorted");
                this.watch.takeImages();
            }
        }
    }

    @Test
    void pagesOfPolledElementsComeBack() {
        try (StateManager manager = open(1)) {
            QueueState<byte[]> queue = manager.scope("disk").queue("queue", Serializers.bytes());
            int taken = 0;
            for (int turn = 0; turn < 40; turn++) {
                for (int number = 0; number < 1_000; number++) {
                    queue.addLast(value(number, 0));
                }
                while (queue.size() > 100) {
                    assertThat(queue.pollFirst()).isEqualTo(value(taken++ % 1_000, 0));
                }
                manager.checkpoint();
            }
            PageStructure.check(manager, StateKind.QUEUE, "queue");
            assertThat(pageLogBytes()).isLessThanOrEqualTo(3 * SEGMENT_BYTES);
        }
    }

}
