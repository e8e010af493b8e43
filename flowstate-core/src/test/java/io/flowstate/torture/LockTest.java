package io.flowstate.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.storage.StateLockedException;
import io.flowstate.testing.Child;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * There is one writer: a second opener, in this process or another, on either directory,
 * is refused at once and told who has it, and its attempt does not free the lock of the
 * one who has it. Closing or SIGKILL frees it.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockTest {

    private static final String OWN_PID = Long.toString(ProcessHandle.current().pid());

    @TempDir
    Path temporary;

    private Path log;

    private Path checkpoints;

    private Path otherLog;

    private Path otherCheckpoints;

    @BeforeEach
    void nameDirectories() {
        this.log = this.temporary.resolve("log");
        this.checkpoints = this.temporary.resolve("checkpoints");
        this.otherLog = this.temporary.resolve("other log");
        this.otherCheckpoints = this.temporary.resolve("other checkpoints");
    }

    @Test
    void aSecondProcessIsRefusedOnEitherDirectoryAgainAndAgain() throws Exception {
        try (Child holder = open(this.log, this.checkpoints)) {
            assertThat(holder.line()).isEqualTo("HELD");
            String pid = Long.toString(holder.pid());

            for (int attempt = 0; attempt < 2; attempt++) {
                assertRefused(this.log, this.checkpoints, pid);
                assertRefused(this.log, this.otherCheckpoints, pid);
                assertRefused(this.otherLog, this.checkpoints, pid);
            }

            holder.tell("close");
            assertThat(holder.line()).isEqualTo("CLOSED");
            assertHeldAndClosed(this.log, this.checkpoints); // while the former holder
                                                             // lives
        }
    }

    @Test
    void aRefusedProcessLeavesTheOtherDirectoryFree() throws Exception {
        try (Child holder = open(this.log, this.checkpoints)) {
            assertThat(holder.line()).isEqualTo("HELD");
            String pid = Long.toString(holder.pid());
            assertRefused(this.log, this.otherCheckpoints, pid);
            assertRefused(this.otherLog, this.checkpoints, pid);

            assertHeldAndClosed(this.otherLog, this.otherCheckpoints);
        }
    }

    @Test
    void sigkillFreesTheLocks() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (Child holder = open(this.log, this.checkpoints)) {
                assertThat(holder.line()).isEqualTo("HELD");
                assertRefused(this.log, this.checkpoints, Long.toString(holder.pid()));

                holder.kill();
                assertThat(holder.awaitEnd()).isTrue();
            }
        }
        assertHeldAndClosed(this.log, this.checkpoints);
    }

    @Test
    void aSecondOpenerInTheSameProcessIsRefusedAndFreesNothing() throws Exception {
        try (StateManager holder = StateManager.open(LockChild.options(this.log, this.checkpoints))) {
            for (int attempt = 0; attempt < 3; attempt++) {
                assertRefusedHere(this.log, this.checkpoints);
                assertRefusedHere(this.log, this.otherCheckpoints);
                assertRefusedHere(this.otherLog, this.checkpoints);
                assertRefused(this.log, this.checkpoints, OWN_PID); // it has not freed
                                                                    // the lock
                assertRefused(this.log, this.otherCheckpoints, OWN_PID);
                assertRefused(this.otherLog, this.checkpoints, OWN_PID);
            }
            assertThat(holder.checkpoint().version()).isEqualTo(1);
        }
        assertHeldAndClosed(this.log, this.checkpoints);
        StateManager.open(LockChild.options(this.log, this.checkpoints)).close();
        StateManager.open(LockChild.options(this.otherLog, this.otherCheckpoints)).close();
    }

    @Test
    void anotherWayToTheSameDirectoryIsTheSameDirectory() throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(this.temporary.resolve("link"), this.temporary);
        try (StateManager holder = StateManager.open(LockChild.options(this.log, this.checkpoints))) {
            assertRefusedHere(link.resolve("log"), this.otherCheckpoints);
            assertRefusedHere(this.otherLog, link.resolve("other log/../checkpoints"));
            assertRefusedHere(this.log.resolve("../log/."), this.otherCheckpoints);
            assertRefused(link.resolve("log"), this.otherCheckpoints, OWN_PID);
            assertThat(holder.checkpoint().version()).isEqualTo(1);
        }
    }

    @Test
    void logAndCheckpointsInOneDirectoryWorkOrAreRefusedButDoNotHang() {
        try (StateManager manager = StateManager.open(LockChild.options(this.log, this.log))) {
            assertThat(manager.checkpoint().version()).isEqualTo(1);
        }
        catch (IllegalArgumentException | StateLockedException ex) {
            assertThat(ex).hasMessageContaining(this.log.toString());
        }
    }

    private Child open(Path log, Path checkpoints) throws IOException {
        return Child.start(LockChild.class, this.temporary.resolve("errors.txt"), List.of("-Xmx32m"),
                List.of(log.toString(), checkpoints.toString()));
    }

    private void assertRefused(Path log, Path checkpoints, String owner) throws IOException, InterruptedException {
        try (Child child = open(log, checkpoints)) {
            assertThat(child.line()).startsWith("REFUSED ").contains(owner);
            assertThat(child.awaitEnd()).isFalse();
        }
    }

    private void assertHeldAndClosed(Path log, Path checkpoints) throws IOException, InterruptedException {
        try (Child child = open(log, checkpoints)) {
            assertThat(child.line()).isEqualTo("HELD");
            child.tell("close");
            assertThat(child.line()).isEqualTo("CLOSED");
            child.tell("end");
            assertThat(child.awaitEnd()).isFalse();
        }
    }

    private static void assertRefusedHere(Path log, Path checkpoints) {
        assertThatExceptionOfType(StateLockedException.class)
            .isThrownBy(() -> StateManager.open(LockChild.options(log, checkpoints)).close())
            .satisfies((ex) -> assertThat(ex.owner()).contains(OWN_PID))
            .satisfies((ex) -> assertThat(ex.getMessage()).contains(ex.owner()));
    }

}
