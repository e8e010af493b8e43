package io.flowstate.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link DirectoryLock}, with a second process where it takes one.
 */
class DirectoryLockTests {

    @TempDir
    Path temporary;

    @Test
    void anotherProcessIsRefusedAndToldTheOwner() throws Exception {
        try (LogDevice device = open(this.temporary, "the first, in this process")) {
            try (LockHolder second = LockHolder.start(this.temporary, "the second")) {
                assertThat(second.answer()).isEqualTo("locked by the first, in this process");
            }
            assertThat(Files.readString(this.temporary.resolve("flowstate.owner")))
                .isEqualTo("the first, in this process");
            assertThat(device.segments()).isEmpty();
        }
        try (LockHolder third = LockHolder.start(this.temporary, "the third")) {
            assertThat(third.answer()).isEqualTo("open 0");
        }
    }

    @Test
    void thisProcessIsRefusedWhatAnotherHas() throws Exception {
        try (LockHolder other = LockHolder.start(this.temporary, "the other process")) {
            assertThat(other.answer()).isEqualTo("open 0");

            for (int attempt = 0; attempt < 3; attempt++) {
                assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> open(this.temporary, "me"))
                    .satisfies((ex) -> assertThat(ex.owner()).isEqualTo("the other process"))
                    .withMessageContaining(this.temporary.toString());
            }
        }
        open(this.temporary, "me").close();
    }

    @Test
    void aRefusedAttemptInThisProcessKeepsTheLockAgainstOthers() throws Exception {
        try (LogDevice device = open(this.temporary, "the first")) {
            assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> open(this.temporary, "again"));
            assertThat(LocalFiles.system().tryLock(this.temporary.toRealPath().resolve("flowstate.lock"))).isNull();

            try (LockHolder second = LockHolder.start(this.temporary, "the second")) {
                assertThat(second.answer()).isEqualTo("locked by the first");
            }
            assertThat(device.segments()).isEmpty();
        }
        open(this.temporary, "the next").close();
    }

    @Test
    void theLockOfAKilledProcessIsFree() throws Exception {
        LockHolder other = LockHolder.start(this.temporary, "killed");
        other.kill();
        assertThat(Files.readString(this.temporary.resolve("flowstate.owner"))).isEqualTo("killed");

        try (LogDevice device = open(this.temporary, "me")) {
            assertThat(device.segments()).isEmpty();
            assertThat(Files.readString(this.temporary.resolve("flowstate.owner"))).isEqualTo("me");
        }
    }

    @Test
    void theLockFileStaysAndTheOwnerGoes() throws IOException {
        open(this.temporary, "me").close();

        assertThat(LocalFiles.system().list(this.temporary)).containsExactly("flowstate.lock");
    }

    @Test
    void anotherWayToTheSameDirectoryIsTheSame() throws IOException {
        Path real = Files.createDirectory(this.temporary.resolve("real"));
        Path link = Files.createSymbolicLink(this.temporary.resolve("link"), real);

        try (LogDevice device = open(real, "me")) {
            assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> open(link, "other"));
            assertThatExceptionOfType(StateLockedException.class)
                .isThrownBy(() -> open(real.resolve("../link"), "other"));
            assertThat(device.segments()).isEmpty();
        }
    }

    @Test
    void logsAndCheckpointsDoNotShareADirectory() {
        try (LogDevice device = open(this.temporary, "me")) {
            CheckpointManager manager = CheckpointManager.local(this.temporary);

            assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> manager.open("me too"));
            assertThat(device.segments()).isEmpty();
        }
    }

    @Test
    void whateverTheOwnerFileHoldsTheRefusalIsReadable() {
        Path directory = Path.of("/data");
        assertThat(refusedOwner(directory, null)).isEqualTo("an unknown owner");
        assertThat(refusedOwner(directory, new byte[0])).isEqualTo("an unknown owner");
        assertThat(refusedOwner(directory, new byte[100_000])).isEqualTo("an unknown owner");
        assertThat(refusedOwner(directory, " a\r\n\u001b[31mb\u0000 ".getBytes(StandardCharsets.UTF_8)))
            .isEqualTo("a [31mb");
        assertThat(refusedOwner(directory, new byte[] { 'o', 'k', -1, -2 })).startsWith("ok").hasSize(4);
        assertThat(refusedOwner(directory, "x".repeat(1_000_000).getBytes(StandardCharsets.UTF_8)))
            .hasSizeLessThan(5000);
    }

    /** As another process sees it, whose registry knows nothing. */
    private static String refusedOwner(Path directory, byte[] ownerFile) {
        MemoryFiles files = new MemoryFiles();
        HandleCounter others = new HandleCounter(files);
        try (LogDevice device = LogDeviceFactory.local(directory, files).open("the first")) {
            files.deleteAll(directory.resolve("flowstate.owner"));
            if (ownerFile != null) {
                files.replace(directory.resolve("flowstate.owner"), ownerFile);
            }
            assertThat(device.segments()).isEmpty();
            return catchThrowableOfType(StateLockedException.class,
                    () -> LogDeviceFactory.local(directory, others).open("the second"))
                .owner();
        }
    }

    @Test
    void ofManyThatTryAtOnceOneOpens() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 50; round++) {
                List<Future<LogDevice>> attempts = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    attempts.add(threads.submit(() -> tryOpen(this.temporary)));
                }
                int opened = 0;
                for (Future<LogDevice> attempt : attempts) {
                    LogDevice device = attempt.get(1, TimeUnit.MINUTES);
                    if (device != null) {
                        opened++;
                    }
                }
                assertThat(opened).isEqualTo(1);
                for (Future<LogDevice> attempt : attempts) {
                    if (attempt.get() != null) {
                        attempt.get().close();
                    }
                }
            }
        }
        finally {
            threads.shutdownNow();
        }
    }

    private static LogDevice tryOpen(Path directory) {
        try {
            return open(directory, "one of many");
        }
        catch (StateLockedException ex) {
            return null;
        }
    }

    @Test
    void aDirectoryThatCannotBeIsSaid() throws IOException {
        Path file = Files.createFile(this.temporary.resolve("file"));

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> open(file, "me"))
            .withMessageContaining(file.toString())
            .withMessageContaining("a file, not a directory")
            .withMessageContaining("choose another directory");
        assertThatExceptionOfType(StorageUnavailableException.class)
            .isThrownBy(() -> CheckpointManager.local(file.resolve("below")).open("me"))
            .withMessageContaining(file.toString());
        assertThat(Files.size(file)).isZero();
    }

    private static LogDevice open(Path directory, String owner) {
        return LogDeviceFactory.local(directory).open(owner);
    }

}
