package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link TemporaryFiles}: which files are open, and when they are closed.
 */
class TemporaryFilesTests {

    private static final Path DIRECTORY = Path.of("/temp");

    private final MemoryFiles disk = new MemoryFiles();

    private final FaultyFiles faulty = new FaultyFiles(this.disk);

    private final HandleCounter counter = new HandleCounter(this.faulty);

    private static ByteBuffer bytes(int value) {
        return ByteBuffer.wrap(new byte[] { (byte) value, 1, 2 });
    }

    @Test
    void aFileStaysOpenForTheNextUse() {
        try (TemporaryFiles files = TemporaryFiles.open(this.counter, DIRECTORY, "test")) {
            for (int i = 0; i < 100; i++) {
                files.write(1, 3L * i, bytes(i));
                ByteBuffer found = ByteBuffer.allocate(3);
                files.read(1, 3L * i, found);
                assertThat(found.flip()).isEqualTo(bytes(i));
            }

            assertThat(this.counter.open()).isEqualTo(1);
            assertThat(this.faulty.calls(FileCall.OPEN_FOR_WRITING)).isEqualTo(1);
        }
        assertThat(this.counter.open()).isZero();
        assertThat(this.disk.paths()).isEmpty();
    }

    @Test
    void onlySoManyFilesStayOpen() {
        try (TemporaryFiles files = TemporaryFiles.open(this.counter, DIRECTORY, "test")) {
            for (int round = 0; round < 3; round++) {
                for (int file = 1; file <= 100; file++) {
                    files.write(file, 0, bytes(file));
                }
                assertThat(this.counter.open()).isEqualTo(TemporaryHandles.MAX_IDLE);
            }
        }
        assertThat(this.counter.open()).isZero();
    }

    @Test
    void aDeletedFileIsClosedAlsoIfItIsInUse() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (TemporaryFiles files = TemporaryFiles.open(this.counter, DIRECTORY, "test")) {
            files.write(1, 0, bytes(1));
            files.write(2, 0, bytes(2));
            Future<?> reading;
            try (Hold hold = this.faulty.hold(FileCall.READ)) {
                reading = thread.submit(() -> files.read(1, 0, ByteBuffer.allocate(3)));
                hold.awaitCaller();

                files.delete(1);
            }
            reading.get();

            assertThat(this.counter.open()).isEqualTo(1);
            assertThatExceptionOfType(CorruptStateException.class)
                .isThrownBy(() -> files.read(1, 0, ByteBuffer.allocate(3)));
            files.delete(1);
        }
        finally {
            thread.shutdown();
        }
    }

    @Test
    void aFileThatFailedIsOpenedAnew() {
        try (TemporaryFiles files = TemporaryFiles.open(this.counter, DIRECTORY, "test")) {
            files.write(1, 0, bytes(1));
            this.faulty.failCall(FileCall.WRITE, 1);

            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> files.write(1, 0, bytes(2)));

            assertThat(this.counter.open()).isZero();
            files.write(1, 0, bytes(3));
            assertThat(this.counter.open()).isEqualTo(1);
        }
    }

    @Test
    void whatIsUsedWhileAllIsClosedIsClosedAfterwards() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        TemporaryFiles files = TemporaryFiles.open(this.counter, DIRECTORY, "test");
        files.write(1, 0, bytes(1));
        Future<?> reading;
        try (Hold hold = this.faulty.hold(FileCall.READ)) {
            reading = thread.submit(() -> files.read(1, 0, ByteBuffer.allocate(3)));
            hold.awaitCaller();

            files.close();
        }
        reading.get();
        thread.shutdown();

        assertThat(this.counter.open()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> files.write(1, 0, bytes(1)));
        assertThatIllegalStateException().isThrownBy(() -> files.delete(1));
    }

}
