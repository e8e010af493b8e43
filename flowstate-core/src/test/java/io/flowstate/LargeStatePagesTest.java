package io.flowstate;

import java.nio.file.Path;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** State pages that are larger than the pages and segments of the logs. */
class LargeStatePagesTest {

    private static final int ELEMENTS = 400;

    private static final int ELEMENT_BYTES = 100_000;

    private static final int CHECKPOINTS = 5;

    @TempDir
    Path directory;

    private StateManagerOptions.Builder builder(int statePageSize) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .temporaryDirectory(this.directory.resolve("temporary"))
            .pageSize(64 << 10)
            .segmentSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .indexMemory(1 << 20)
            .cacheMemory(64 << 20)
            .statePageSize(statePageSize)
            .checkpointsToKeep(1);
    }

    @Test
    void theyAreKeptAndNotWrittenAgainWithoutNeed() {
        try (StateManager manager = StateManager.open(builder(1 << 20).build())) {
            QueueState<byte[]> queue = queue(manager);
            for (int i = 0; i < ELEMENTS; i++) {
                queue.addLast(element(i));
            }
            manager.checkpoint();
            checkThatLittleIsCopied(manager, queue, 0);
        }
        try (StateManager manager = StateManager.open(builder(4096).build())) { // the
                                                                                // queue
                                                                                // keeps
            // its size
            QueueState<byte[]> queue = queue(manager);
            checkThatLittleIsCopied(manager, queue, CHECKPOINTS);

            int next = CHECKPOINTS * 2;
            assertThat(queue.size()).isEqualTo(ELEMENTS);
            for (byte[] found = queue.pollFirst(); found != null; found = queue.pollFirst()) {
                assertThat(found).isEqualTo(element(next++));
            }
        }
    }

    @Test
    void statsTellWhatThoseInMemoryTake() {
        try (StateManager manager = StateManager.open(builder(4096).cachePageCount(100).build())) {
            QueueState<byte[]> queue = queue(manager);
            for (int i = 0; i < 2000; i++) {
                queue.addLast(new byte[1000]);
            }
            manager.checkpoint();
            for (int i = 0; i < 2000; i++) {
                queue.addLast(queue.pollFirst());
            }

            StateManagerStats.Pages pages = manager.stats().pages();
            assertThat(pages.evictions()).isPositive();
            assertThat(pages.cachedBytes()).isBetween(pages.cached() * 1000, pages.cached() * 10_000);

            manager.scope("test").drop("large");
            manager.checkpoint();
            assertThat(manager.stats().pages().cached()).isZero();
            assertThat(manager.stats().pages().cachedBytes()).isZero();
        }
    }

    /** Moves one element from the front to the back in each of some checkpoints. */
    private static void checkThatLittleIsCopied(StateManager manager, QueueState<byte[]> queue, int first) {
        long before = manager.stats().pages().logCopiedBytes();
        for (int i = first; i < first + CHECKPOINTS; i++) {
            assertThat(queue.pollFirst()).isEqualTo(element(i));
            queue.addLast(element(i + ELEMENTS));
            manager.checkpoint();
        }
        assertThat(manager.stats().pages().logCopiedBytes() - before).as("bytes of pages that nobody changed")
            .isLessThan(ELEMENTS * ELEMENT_BYTES / 2L);
    }

    private static byte[] element(int i) {
        byte[] element = new byte[ELEMENT_BYTES];
        element[0] = (byte) i;
        element[1] = (byte) (i >> Byte.SIZE);
        return element;
    }

    private static QueueState<byte[]> queue(StateManager manager) {
        return manager.scope("test").queue("large", Serializers.bytes());
    }

}
