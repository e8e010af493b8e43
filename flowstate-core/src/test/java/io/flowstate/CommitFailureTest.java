package io.flowstate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.internal.page.PagesInUse;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.Storage;
import io.flowstate.testing.ForwardingFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What goes wrong after a checkpoint was committed. */
class CommitFailureTest {

    private static final int ELEMENTS = 2000;

    @TempDir
    Path directory;

    private final AtomicBoolean failing = new AtomicBoolean();

    private StateManager open() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .temporaryDirectory(new FailingFiles(), this.directory.resolve("temporary"))
            .pageSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .indexMemory(1 << 20)
            .cachePageCount(1)
            .statePageSize(4096)
            .build());
    }

    private static QueueState<byte[]> queue(StateManager manager) {
        return manager.scope("test").queue("queue", Serializers.bytes());
    }

    private static QueueState<byte[]> filled(StateManager manager) {
        QueueState<byte[]> queue = queue(manager);
        for (int i = 0; i < ELEMENTS; i++) {
            queue.addLast(new byte[1000]);
        }
        while (manager.stats().pages().leavingBytes() > 0) {
            Thread.onSpinWait();
        }
        assertThat(manager.stats().pages().fileUsedBytes()).isPositive();
        return queue;
    }

    @Test
    void ifMemoryCannotFollowACommittedCheckpointTheStoreFailsAndReopeningFindsIt() {
        try (StateManager manager = open()) {
            QueueState<byte[]> queue = filled(manager);
            StorePages pages = ((OpenStateManager) manager).parts().pages();
            pages.states().all().forEach((state) -> PagesInUse.freeASlot(pages.tiers(), state));

            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(manager::checkpoint)
                .withMessageContaining("checkpoint 1 is durable")
                .withStackTraceContaining("is not in use; was it freed before?");
            assertThatExceptionOfType(StateFailedException.class).isThrownBy(() -> queue.addLast(new byte[1]));
            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(manager::checkpoint);
        }
        try (StateManager manager = open()) {
            assertThat(manager.lastCheckpoint()).hasValueSatisfying((last) -> assertThat(last.version()).isEqualTo(1));
            assertThat(queue(manager).size()).isEqualTo(ELEMENTS);
        }
    }

    @Test
    void aFileThatCannotBeDeletedAfterTheCheckpointIsTriedAgainAfterTheNext() {
        try (StateManager manager = open()) {
            filled(manager);
            this.failing.set(true); // the file is empty after the checkpoint, and then
                                    // deleted

            assertThat(manager.checkpoint().version()).isEqualTo(1);
            manager.checkpoint(); // waits until the first has been tidied up after
            assertThat(manager.stats().pages().fileBytes()).isPositive();

            this.failing.set(false);
            manager.checkpoint();
            manager.checkpoint();
            assertThat(manager.stats().pages().fileBytes()).isZero();
        }
    }

    private final class FailingFiles extends ForwardingFiles {

        private FailingFiles() {
            super(LocalFiles.system());
        }

        @Override
        protected LocalFile wrap(Path path, LocalFile opened) {
            return opened;
        }

        @Override
        public void delete(Path file) throws IOException {
            if (CommitFailureTest.this.failing.get()) {
                throw new OutOfMemoryError("no memory is left");
            }
            super.delete(file);
        }

    }

}
