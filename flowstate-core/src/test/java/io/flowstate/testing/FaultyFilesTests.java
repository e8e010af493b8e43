package io.flowstate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LocalFiles.LocalFile;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatNoException;

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
        assertThat(outer.forcedAgain()).containsExactly(FILE);

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

    @Test
    void aCallCanBeHeldAtTheNth() throws Exception {
        try (LocalFile file = this.files.create(FILE); Hold hold = this.files.hold(FileCall.FORCE, 2)) {
            file.force();
            assertThat(hold.hasCaller()).isFalse();

            CompletableFuture<Void> forcing = CompletableFuture.runAsync(() -> force(file));
            hold.awaitCaller();
            assertThat(forcing).isNotDone();
            hold.release();

            forcing.get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void afterAStopNothingReachesTheMediumAnyMore() throws IOException {
        LocalFile file = this.files.create(FILE);
        file.write(0, ByteBuffer.allocate(4));
        this.files.stopAt(FileCall.WRITE, 2);
        file.write(4, ByteBuffer.allocate(4));

        assertThatIOException().isThrownBy(() -> file.write(8, ByteBuffer.allocate(4)));
        assertThatIOException().isThrownBy(file::force);
        assertThatIOException().isThrownBy(() -> this.files.delete(FILE));
        this.files.heal();
        assertThatIOException().isThrownBy(() -> file.write(8, ByteBuffer.allocate(4)));
        file.close();

        assertThat(this.disk.content(FILE)).hasSize(8);
        try (LocalFile again = new FaultyFiles(this.disk).openForReading(FILE)) {
            assertThat(again.size()).isEqualTo(8);
        }
    }

    @Test
    void aStopCountsCallsOfAllKinds() throws IOException {
        this.files.stopAt(2);
        this.files.create(FILE).close();

        assertThatIOException().isThrownBy(() -> this.files.list(DIRECTORY));
        assertThatIOException().isThrownBy(() -> this.files.openForReading(FILE));
    }

    @Test
    void aHeldCallFailsIfEverythingStopsMeanwhile() throws IOException {
        try (LocalFile file = this.files.create(FILE); Hold hold = this.files.hold(FileCall.WRITE)) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(file));
            hold.awaitCaller();
            this.files.stopAt(1);
            assertThatIOException().isThrownBy(() -> this.files.list(DIRECTORY));

            hold.release();

            assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> writing.get(1, TimeUnit.MINUTES))
                .withRootCauseInstanceOf(IOException.class);
            assertThat(this.disk.content(FILE)).isEmpty();
        }
    }

    @Test
    void theSameSeedFailsTheSameCalls() {
        List<Integer> first = failures(42, 0.3);

        assertThat(first).hasSizeBetween(20, 45).isEqualTo(failures(42, 0.3)).isNotEqualTo(failures(43, 0.3));
        assertThat(failures(42, 0)).isEmpty();
        assertThat(failures(42, 1)).hasSize(100);
    }

    private List<Integer> failures(long seed, double probability) {
        FaultyFiles unlucky = new FaultyFiles(this.disk);
        this.disk.makeDirectories(DIRECTORY);
        unlucky.failRandomly(seed, probability, FileCall.LIST, FileCall.DELETE);
        List<Integer> failures = new ArrayList<>();
        for (int call = 0; call < 100; call++) {
            try {
                unlucky.list(DIRECTORY);
            }
            catch (IOException ex) {
                failures.add(call);
            }
        }
        assertThatNoException().isThrownBy(() -> unlucky.realPath(DIRECTORY));
        unlucky.heal();
        assertThatNoException().isThrownBy(() -> unlucky.list(DIRECTORY));
        return failures;
    }

    @Test
    void aShortReadGivesHalf() throws IOException {
        try (LocalFile file = this.files.create(FILE)) {
            file.write(0, ByteBuffer.allocate(10));
            this.files.shortenRead(1);
            ByteBuffer target = ByteBuffer.allocate(8);

            assertThat(file.read(0, target)).isEqualTo(4);
            assertThat(target.remaining()).isEqualTo(4);
            assertThat(file.read(4, target)).isEqualTo(4);
        }
    }

    private static void write(LocalFile file) {
        try {
            file.write(0, ByteBuffer.allocate(8));
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
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
