package io.flowstate.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.StorageFullException;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.Torture;
import io.flowstate.torture.PowerCutRun.Acknowledged;
import io.flowstate.torture.PowerCutRun.Asked;
import io.flowstate.torture.PowerCutRun.Promise;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * A file operation fails, once or for some time, or the disk fills up. Whoever is told of
 * it gets an error of the family; nothing that was acknowledged is lost; and once the
 * fault has gone, the next checkpoint holds everything, even if the power fails then.
 * Repeated with {@code -Dflowstate.torture.faults=1000}.
 */
class FaultTest {

    private static final String NAME = "fault";

    private static final Duration HANG = Duration.ofMinutes(1);

    private static final int CHECKPOINTS = 6;

    private int failedOpenings;

    private int failedCheckpoints;

    private int failedOperations;

    private int fullDisks;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void afterAFaultTheNextCheckpointHoldsEverything() {
        long seed = Torture.seed(NAME);
        int faults = Torture.count("faults", 200);

        long calls = callsWithoutFault(seed);
        try (QuietErrors quiet = new QuietErrors()) {
            for (int number = 0; number < faults; number++) {
                SplittableRandom random = Torture.random(seed, number);
                long call = 1 + random.nextLong(calls);
                int turn = number;
                quiet.forget();
                try {
                    assertTimeoutPreemptively(HANG, () -> run(seed, turn, call, random));
                }
                catch (Throwable ex) {
                    throw new AssertionError("fault " + number + " of kind " + number % 3 + ", at call " + call + " of "
                            + calls + ", with seed " + seed + "\n" + quiet.said(), ex);
                }
            }
        }

        Torture.say(NAME,
                "seed %d: %d faults over %d calls; told: %d openings, %d checkpoints, %d other calls; "
                        + "%d times the disk was full; 0 violations",
                seed, faults, calls, this.failedOpenings, this.failedCheckpoints, this.failedOperations,
                this.fullDisks);
        assertThat(this.failedCheckpoints).isPositive();
        assertThat(this.fullDisks).isPositive();
    }

    private long callsWithoutFault(long seed) {
        MemoryDisk disk = MemoryDisk.empty().recorded();
        FaultyFiles files = new FaultyFiles(disk.files());
        new Run(disk, files, seed).work();
        return files.calls();
    }

    private void run(long seed, int number, long call, SplittableRandom random) {
        MemoryDisk disk = MemoryDisk.empty().recorded();
        FaultyFiles files = new FaultyFiles(disk.files());
        switch (number % 3) {
            case 0 -> files.failCall(call);
            case 1 -> files.failFrom(call);
            default -> files.limitRoom(random.nextLong(1_500_000));
        }
        Run run = new Run(disk, files, seed);
        run.work();
        Expectation expectation = Expectation.at(Expectation.Found.NOTHING, disk.marks(disk.events()));
        assertThat(expectation.inFlight()).as("nothing is in doubt at the end").isEmpty();
        for (int cut = 0; cut < 3; cut++) {
            try (StateManager manager = StateManager.open(disk.rebuilt(disk.events(), random.split()).options(0))) {
                expectation.check(manager);
            }
        }
    }

    /** A workload that goes on after each error, as a caller should. */
    private final class Run {

        private final MemoryDisk disk;

        private final FaultyFiles files;

        private final Workload workload;

        private Model model = new Model();

        private long index;

        private int serial;

        Run(MemoryDisk disk, FaultyFiles files, long seed) {
            this.disk = disk.through((same) -> files);
            this.files = files;
            this.workload = new Workload(seed, 20_000, 150);
        }

        void work() {
            StateManager manager = open();
            while (this.serial < CHECKPOINTS) {
                try {
                    step(manager);
                }
                catch (StateException ex) {
                    // It is not known how far it came: a caller would go on from the last
                    // checkpoint.
                    told(ex);
                    FaultTest.this.failedOperations++;
                    manager.close();
                    this.files.heal();
                    manager = open();
                }
            }
            manager.close();
        }

        /** Opens the store, a second time if need be, and finds out where it is. */
        private StateManager open() {
            StateManager manager;
            try {
                manager = StateManager.open(this.disk.options(0));
            }
            catch (StateException ex) {
                told(ex);
                FaultTest.this.failedOpenings++;
                this.files.heal();
                manager = StateManager.open(this.disk.options(0));
            }
            Expectation.Found found = Expectation.at(Expectation.Found.NOTHING, this.disk.marks(this.disk.events()))
                .check(manager);
            this.disk.mark(new PowerCutRun.Settled(found.promise(), found.version()));
            this.model = found.promise().content().copy();
            return manager;
        }

        private void step(StateManager manager) {
            Store store = new Store(manager);
            for (int turn = 0; turn < 60; turn++) {
                Operation operation = this.workload.operation(this.index);
                store.run(operation, this.index, false);
                operation.changes().forEach(this.model::apply);
                this.index++;
            }
            this.serial++;
            store.position(this.serial);
            checkpoint(manager);
        }

        private void checkpoint(StateManager manager) {
            Promise promise = new Promise(this.serial, this.serial, new byte[0], this.model.copy());
            this.disk.mark(new Asked(promise));
            Checkpoint done = attempt(manager);
            if (done == null) {
                this.files.heal();
                done = checkpointWithoutFault(manager);
            }
            this.disk.mark(new Acknowledged(promise, done.version(), null));
        }

        private static Checkpoint checkpointWithoutFault(StateManager manager) {
            try {
                return manager.checkpoint();
            }
            catch (StateException ex) {
                throw new AssertionError("the checkpoint after the fault had gone failed too", ex);
            }
        }

        private @Nullable Checkpoint attempt(StateManager manager) {
            try {
                CompletableFuture<Checkpoint> future = manager.checkpointAsync();
                return future.join();
            }
            catch (CheckpointFailedException ex) {
                told(ex);
                FaultTest.this.failedCheckpoints++;
            }
            catch (CompletionException ex) {
                assertThat(ex.getCause()).isInstanceOf(CheckpointFailedException.class);
                told(ex);
                FaultTest.this.failedCheckpoints++;
            }
            assertThat(manager.stats().checkpoints().lastError()).as("the last error in the statistics").isNotNull();
            return null;
        }

        private void told(Throwable error) {
            List<Throwable> causes = new ArrayList<>();
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                causes.add(cause);
            }
            assertThat(causes).as("nothing was given up for good").noneMatch(StateFailedException.class::isInstance);
            if (causes.stream().anyMatch(StorageFullException.class::isInstance)) {
                FaultTest.this.fullDisks++;
            }
        }

    }

}
