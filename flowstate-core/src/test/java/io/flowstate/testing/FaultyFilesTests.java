package io.flowstate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LocalFiles.LocalFile;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link FaultyFiles}: the contract while nothing is wrong, and each fault.
 */
class FaultyFilesTests extends LocalFilesContract {

    private static final Path DIRECTORY = Path.of("/some/where");

    private static final Path FILE = DIRECTORY.resolve("file");

    private final MemoryFiles disk = new MemoryFiles();

    private final FaultyFiles files = new FaultyFiles(this.disk);

    @Override
    protected LocalFiles createFiles() {
        return this.files;
    }

    @Override
    protected Path emptyDirectory() {
        this.disk.makeDirectories(DIRECTORY);
        return DIRECTORY;
    }

    @Test
    void theNthCallFailsAndOnlyThat() throws IOException {
        this.files.failCall(2);
        this.files.failCall(FileCall.DELETE, 2);

        this.files.list(DIRECTORY);
        assertThatIOException().isThrownBy(() -> this.files.list(DIRECTORY));
        this.files.list(DIRECTORY);
        this.files.delete(FILE);
        assertThatIOException().isThrownBy(() -> this.files.delete(FILE)).withMessageContaining("DELETE");
        this.files.delete(FILE);

        assertThat(this.files.calls(FileCall.DELETE)).isEqualTo(3);
        assertThat(this.files.calls(FileCall.LIST)).isEqualTo(3);
    }

    @Test
    void lastingFaultsLastUntilHealed() throws IOException {
        this.files.failFrom(FileCall.CREATE, 1);

        assertThatIOException().isThrownBy(() -> this.files.create(FILE));
        assertThatIOException().isThrownBy(() -> this.files.create(FILE));
        this.files.heal();
        this.files.create(FILE).close();
        this.files.failFrom(1);
        assertThatIOException().isThrownBy(() -> this.files.list(DIRECTORY));
        assertThatIOException().isThrownBy(() -> this.files.openForReading(FILE));

        assertThat(this.disk.paths()).containsExactly(FILE);
    }

    @Test
    void aTornWriteWritesHalf() throws IOException {
        try (LocalFile file = this.files.create(FILE)) {
            this.files.tearWrite(2);

            file.write(0, ByteBuffer.allocate(10));
            assertThatIOException().isThrownBy(() -> file.write(10, ByteBuffer.allocate(10)));

            assertThat(file.size()).isEqualTo(15);
            file.write(15, ByteBuffer.allocate(10));
            assertThat(this.files.bytesWritten()).isEqualTo(25);
        }
    }

    @Test
    void aFullMediumTakesWhatFitsAndHasRoomAgainLater() throws IOException {
        try (LocalFile file = this.files.create(FILE)) {
            this.files.limitRoom(15);

            file.write(0, ByteBuffer.allocate(10));
            assertThatIOException().isThrownBy(() -> file.write(10, ByteBuffer.allocate(10)))
                .withMessage("No space left on device");
            assertThat(file.size()).isEqualTo(15);
            assertThatIOException().isThrownBy(() -> file.write(15, ByteBuffer.allocate(1)));

            this.files.heal();
            file.write(15, ByteBuffer.allocate(10));
            assertThat(file.size()).isEqualTo(25);
        }
    }

    @Test
    void aForceAfterAFailedOneDoesNothing() throws IOException {
        FaultyFiles outer = new FaultyFiles(this.files);
        try (LocalFile file = outer.create(FILE)) {
            outer.failCall(FileCall.FORCE, 1);
            assertThatIOException().isThrownBy(file::force);
            file.force();
        }
        try (LocalFile file = outer.openForWriting(FILE)) {
            file.force();
        }
        assertThat(this.files.calls(FileCall.FORCE)).isZero();

        outer.delete(FILE);
        try (LocalFile file = outer.create(FILE)) {
            file.force();
        }
        assertThat(this.files.calls(FileCall.FORCE)).isEqualTo(1);
    }

    @Test
    void aHeldCallWaitsUntilItIsReleased() throws Exception {
        try (LocalFile file = this.files.create(FILE); Hold hold = this.files.hold(FileCall.FORCE)) {
            CompletableFuture<Void> forcing = CompletableFuture.runAsync(() -> force(file));
            hold.awaitCaller();
            assertThat(hold.hasCaller()).isTrue();
            assertThat(forcing).isNotDone();

            file.write(0, ByteBuffer.allocate(1));
            hold.release();

            forcing.get(1, TimeUnit.MINUTES);
            file.force();
        }
    }

    @Test
    void aHeldCallCanBeMadeToFail() throws IOException {
        try (LocalFile file = this.files.create(FILE); Hold hold = this.files.hold(FileCall.FORCE)) {
            CompletableFuture<Void> forcing = CompletableFuture.runAsync(() -> force(file));
            hold.awaitCaller();

            hold.fail();

            assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> forcing.get(1, TimeUnit.MINUTES))
                .withRootCauseInstanceOf(IOException.class);
        }
    }

    private static void force(LocalFile file) {
        try {
            file.force();
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

}
