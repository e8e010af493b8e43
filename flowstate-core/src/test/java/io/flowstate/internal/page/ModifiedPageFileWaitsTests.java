package io.flowstate.internal.page;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link ModifiedPageFile}: a disk that hangs, and interrupts. */
class ModifiedPageFileWaitsTests {

    private final FaultyFiles files = new FaultyFiles(new MemoryFiles());

    private ModifiedPageFile open() {
        return ModifiedPageFile.open(this.files, Path.of("/temp"), 1L << 30, "test");
    }

    @Test
    void aWriteThatHangsHoldsNobodyElse() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (ModifiedPageFile file = open()) {
            PageSlot before = ModifiedPageFileTests.write(file, ModifiedPageFileTests.page(100, 1));
            Future<PageSlot> hanging;
            try (Hold hold = this.files.hold(FileCall.WRITE)) {
                hanging = thread.submit(() -> ModifiedPageFileTests.write(file, ModifiedPageFileTests.page(100, 2)));
                hold.awaitCaller();

                assertThat(ModifiedPageFileTests.read(file, before)).isEqualTo(ModifiedPageFileTests.page(100, 1));
                file.free(before);
                assertThat(file.usedBytes()).isEqualTo(4096);
            }
            assertThat(ModifiedPageFileTests.read(file, hanging.get())).isEqualTo(ModifiedPageFileTests.page(100, 2));
        }
        finally {
            thread.shutdown();
        }
    }

    @Test
    void aReadThatHangsHoldsNobodyElse() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (ModifiedPageFile file = open()) {
            PageSlot before = ModifiedPageFileTests.write(file, ModifiedPageFileTests.page(100, 1));
            Future<byte[]> hanging;
            PageSlot after;
            try (Hold hold = this.files.hold(FileCall.READ)) {
                hanging = thread.submit(() -> ModifiedPageFileTests.read(file, before));
                hold.awaitCaller();

                after = ModifiedPageFileTests.write(file, ModifiedPageFileTests.page(100, 2));
                file.deleteEmptyFiles();
            }
            assertThat(hanging.get()).isEqualTo(ModifiedPageFileTests.page(100, 1));
            assertThat(ModifiedPageFileTests.read(file, after)).isEqualTo(ModifiedPageFileTests.page(100, 2));
        }
        finally {
            thread.shutdown();
        }
    }

    @Test
    void anInterruptClosesNothing(@TempDir Path directory) {
        try (ModifiedPageFile file = ModifiedPageFile.open(directory, 1L << 30, "test")) {
            PageSlot before = ModifiedPageFileTests.write(file, ModifiedPageFileTests.page(100_000, 1));
            Thread.currentThread().interrupt();

            byte[] found = ModifiedPageFileTests.read(file, before);
            PageSlot after = ModifiedPageFileTests.write(file, ModifiedPageFileTests.page(100_000, 2));

            assertThat(Thread.interrupted()).isTrue();
            assertThat(found).isEqualTo(ModifiedPageFileTests.page(100_000, 1));
            assertThat(ModifiedPageFileTests.read(file, after)).isEqualTo(ModifiedPageFileTests.page(100_000, 2));
        }
    }

}
