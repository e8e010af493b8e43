package io.flowstate.torture;

import java.time.Duration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.Storage;
import io.flowstate.testing.DeviceCall;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FaultyLogDevices;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.Torture;
import io.flowstate.torture.PowerCutRun.Acknowledged;
import io.flowstate.torture.PowerCutRun.Asked;
import io.flowstate.torture.PowerCutRun.Promise;
import io.flowstate.torture.PowerCutRun.Settled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * One short workload, once for each fault at each place: every kind of call fails at its
 * nth time, once or until it is healed; a write is torn, a read ends early; the disk is
 * full after each of its writes; the device hangs at the nth call, or a file at the nth
 * call of an opening. The caller is told with an error of the family, what it was told of
 * was not done, it goes on with the same store as soon as the fault has gone, and the
 * next checkpoint holds everything, which a power cut then proves. Every place with
 * {@code -Dflowstate.torture.everyFault=1} and {@code everyHang=1}, every seventh, say,
 * with 7.
 */
class EveryFaultTest {

    private static final String NAME = "every-fault";

    private static final Duration LONGEST = Duration.ofMinutes(1);

    private static final Duration HANG = Duration.ofMillis(400);

    private static final int SESSIONS = 2;

    private static final int CHECKPOINTS = 3; // in each session

    private static final int STEPS = 45; // before each checkpoint

    private static final List<DeviceCall> ASKED_BY_READERS = List.of(DeviceCall.READ, DeviceCall.LENGTH);

    /** Within this a thread that hung has run, on however busy a machine. */
    private static final Duration WAKING_UP = Duration.ofSeconds(10);

    private static final List<DeviceCall> ASKED_IN_THE_BACKGROUND = List.of(DeviceCall.WRITE, DeviceCall.SYNC,
            DeviceCall.CREATE, DeviceCall.DELETE, DeviceCall.NOTE_COMMITTED);

    private int failedOpenings;

    private int failedCheckpoints;

    private int failedOperations;

    private int runs;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whateverFailsIsToldAndNothingIsLost() {
        long seed = Torture.seed(NAME);
        int every = Torture.count("everyFault", 29);

        List<Fault> all = faults(seed);
        List<Fault> faults = sample(all, every, seed);
        for (Fault fault : faults) {
            run(seed, fault);
        }

        Torture.say(NAME, "seed %d: %d of %d faults; told: %d openings, %d checkpoints, %d other calls; 0 violations",
                seed, this.runs, all.size(), this.failedOpenings, this.failedCheckpoints, this.failedOperations);
        assertThat(this.failedOpenings).isPositive();
        assertThat(this.failedCheckpoints).isPositive();
        assertThat(this.failedOperations).isPositive();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aDeviceThatHangsIsToldAndNothingIsLost() {
        long seed = Torture.seed(NAME);
        int every = Torture.count("everyHang", 60);

        int all = 0;
        for (List<Fault> hangs : hangs(seed)) {
            all += hangs.size();
            for (Fault hang : sample(hangs, every, seed)) {
                run(seed, hang);
            }
        }

        Torture.say(NAME, "seed %d: %d of %d hangs; told: %d openings, %d checkpoints, %d other calls; 0 violations",
                seed, this.runs, all, this.failedOpenings, this.failedCheckpoints, this.failedOperations);
        assertThat(this.failedOpenings).isPositive();
        assertThat(this.failedCheckpoints).isPositive();
        assertThat(this.failedOperations).isPositive();
    }

    /** Every so many of them, one at least. */
    private static <T> List<T> sample(List<T> all, int every, long seed) {
        List<T> sample = new ArrayList<>();
        int first = all.isEmpty() ? 0 : Torture.random(seed, -2).nextInt(Math.min(every, all.size()));
        for (int at = first; at < all.size(); at += every) {
            sample.add(all.get(at));
        }
        return sample;
    }

    /** All faults at all places that a run without faults passes. */
    private List<Fault> faults(long seed) {
        Run run = new Run(seed, null);
        run.work();
        FaultyFiles counted = run.files;
        List<Fault> faults = new ArrayList<>();
        for (FileCall kind : FileCall.values()) {
            for (long nth = 1; nth <= counted.calls(kind); nth++) {
                long number = nth;
                faults.add(new Fault(kind + " fails at " + nth, (files) -> files.failCall(kind, number)));
                faults.add(new Fault(kind + " fails from " + nth, (files) -> files.failFrom(kind, number)));
            }
        }
        long writes = counted.calls(FileCall.WRITE);
        for (long nth = 1; nth <= writes; nth++) {
            long number = nth;
            long room = counted.bytesWritten() * nth / writes - 1;
            faults.add(new Fault("WRITE is torn at " + nth, (files) -> files.tearWrite(number)));
            faults.add(new Fault("full after " + room + " bytes", (files) -> files.limitRoom(room)));
        }
        for (long nth = 1; nth <= counted.calls(FileCall.READ); nth++) {
            long number = nth;
            faults.add(new Fault("READ ends early at " + nth, (files) -> files.shortenRead(number)));
        }
        return faults;
    }

    /** All places at which the device can hang, by the kind of call. */
    private List<List<Fault>> hangs(long seed) {
        Run run = new Run(seed, null);
        run.work();
        List<List<Fault>> hangs = new ArrayList<>();
        ASKED_BY_READERS.forEach((kind) -> hangs.add(hangs(kind, run.devices.calls(kind))));
        ASKED_IN_THE_BACKGROUND.forEach((kind) -> hangs.add(hangs(kind, run.background.getOrDefault(kind, 0L))));
        run.opening.forEach((kind, calls) -> {
            List<Fault> ofKind = new ArrayList<>();
            for (long nth = 1; nth <= calls; nth++) {
                ofKind.add(new Fault(kind, nth));
            }
            hangs.add(ofKind);
        });
        return hangs;
    }

    private static List<Fault> hangs(DeviceCall kind, long calls) {
        List<Fault> hangs = new ArrayList<>();
        for (long nth = 1; nth <= calls; nth++) {
            hangs.add(new Fault(kind, nth));
        }
        return hangs;
    }

    private void run(long seed, Fault fault) {
        this.runs++;
        try (QuietErrors quiet = new QuietErrors()) {
            try {
                assertTimeoutPreemptively(LONGEST, () -> {
                    Run run = new Run(seed, fault);
                    run.work();
                    run.checkAfterPowerCut();
                    assertThat(run.files.forcedAgain()).as("files forced again after a failure").isEmpty();
                    assertThat(run.devices.usedAgain()).as("segments used again after a failure").isEmpty();
                });
            }
            catch (Throwable ex) {
                throw new AssertionError(fault + ", with seed " + seed + "\n" + quiet.said(), ex);
            }
        }
    }

    /** Plans a fault. */
    @FunctionalInterface
    private interface Plan {

        void make(FaultyFiles files);

    }

    /**
     * A fault at a place.
     *
     * @param text what it is
     * @param plan makes files fail, null for a hang
     * @param hanging the kind of call that hangs, null if none does
     * @param hangingFile the kind of call that hangs while the store is opened again,
     * null if none does
     * @param nth which one of that kind
     */
    private record Fault(String text, @Nullable Plan plan, @Nullable DeviceCall hanging, @Nullable FileCall hangingFile,
            long nth) {

        Fault(String text, Plan plan) {
            this(text, plan, null, null, 0);
        }

        Fault(DeviceCall hanging, long nth) {
            this(hanging + " hangs at " + nth, null, hanging, null, nth);
        }

        Fault(FileCall hanging, long nth) {
            this(hanging + " hangs at " + nth + " of an opening", null, null, hanging, nth);
        }

        boolean hangs() {
            return this.hanging != null || this.hangingFile != null;
        }

        @Override
        public String toString() {
            return this.text;
        }

    }

    /** What is left to do after an error: the fault is gone, so it must work. */
    @FunctionalInterface
    private interface Attempt<T> {

        T make();

    }

    /** The workload, by a caller that goes on after each error. */
    private final class Run {

        private final MemoryDisk disk;

        private final FaultyFiles files;

        private final FaultyLogDevices devices;

        private final CheckpointManager checkpoints;

        private final Workload workload;

        private final @Nullable Fault fault;

        private final SplittableRandom random;

        /** The calls of the first session after opening. */
        private final Map<DeviceCall, Long> background = new EnumMap<>(DeviceCall.class);

        /** The calls of the second opening. */
        private final Map<FileCall, Long> opening = new EnumMap<>(FileCall.class);

        private @Nullable Hold hold;

        private Model model = new Model();

        private long index;

        private int serial;

        Run(long seed, @Nullable Fault fault) {
            MemoryDisk recorded = MemoryDisk.empty().recorded();
            this.files = new FaultyFiles(recorded.files());
            this.disk = recorded.through((same) -> this.files);
            this.devices = new FaultyLogDevices(this.disk.log());
            this.checkpoints = this.disk.checkpoints();
            this.workload = new Workload(seed, 30_000, 150);
            this.fault = fault;
            this.random = Torture.random(seed, (fault != null) ? fault.hashCode() : 0);
        }

        private StateManagerOptions options() {
            boolean hangs = this.fault != null && this.fault.hangs();
            return StateManagerOptions.builder()
                .persistentStorage(Storage.of(this.devices, this.checkpoints))
                .pageSize(64 << 10)
                .memorySize(4 * (64 << 10))
                .segmentSize(64 << 10)
                .indexMemory(2 << 20)
                .checkpointsToKeep(2)
                .cachePageCount(3)
                .cacheMemory(1 << 20)
                .statePageSize(4096)
                .temporaryDirectory(this.files, Path.of("/store/temporary"))
                .deviceTimeout(hangs ? HANG : LONGEST)
                .checkpointTimeout(hangs ? HANG.multipliedBy(4) : LONGEST)
                .build();
        }

        void work() {
            if (this.fault != null && this.fault.plan() != null) {
                this.fault.plan().make(this.files);
            }
            for (int session = 0; session < SESSIONS; session++) {
                if (session == 0) {
                    hold(ASKED_BY_READERS);
                }
                StateManager manager = (session == 0) ? open() : openAgain();
                if (session == 0) {
                    ASKED_IN_THE_BACKGROUND.forEach((kind) -> this.background.put(kind, -this.devices.calls(kind)));
                    hold(ASKED_IN_THE_BACKGROUND);
                }
                for (int checkpoint = 0; checkpoint < CHECKPOINTS; checkpoint++) {
                    step(manager);
                    checkpoint(manager);
                }
                if (session == 0) {
                    ASKED_IN_THE_BACKGROUND
                        .forEach((kind) -> this.background.merge(kind, this.devices.calls(kind), Long::sum));
                }
                List<String> differences = attempt(() -> new Store(manager).differences(this.model), () -> {
                    EveryFaultTest.this.failedOperations++;
                });
                assertThat(differences).as("what is in the store").isEmpty();
                letGoOf(ASKED_IN_THE_BACKGROUND); // only readers may hang while it closes
                close(manager);
            }
            heal();
        }

        private StateManager openAgain() {
            for (FileCall kind : FileCall.values()) {
                this.opening.put(kind, -this.files.calls(kind));
            }
            FileCall hanging = (this.fault != null) ? this.fault.hangingFile() : null;
            if (hanging != null) {
                this.hold = this.files.hold(hanging, this.fault.nth());
            }
            StateManager manager = open();
            if (hanging != null) {
                heal(); // it has hung before, if at all
            }
            return manager;
        }

        private void hold(List<DeviceCall> kinds) {
            DeviceCall hanging = (this.fault != null) ? this.fault.hanging() : null;
            if (hanging != null && kinds.contains(hanging)) {
                this.hold = this.devices.hold(hanging, this.fault.nth());
            }
        }

        private void letGoOf(List<DeviceCall> kinds) {
            if (this.fault != null && this.fault.hanging() != null && kinds.contains(this.fault.hanging())) {
                heal();
            }
        }

        private void heal() {
            this.files.heal();
            if (this.hold != null) {
                this.hold.release();
            }
        }

        /** Does something that may fail, and does it again when the fault has gone. */
        private <T> T attempt(Attempt<T> attempt, Runnable onFailure) {
            try {
                return attempt.make();
            }
            catch (StateException ex) {
                told(ex);
                onFailure.run();
            }
            heal();
            return afterHealing(attempt);
        }

        /** While a device still wakes up, its last answers may be late. */
        private <T> T afterHealing(Attempt<T> attempt) {
            long deadline = System.nanoTime() + ((this.hold != null) ? WAKING_UP.toNanos() : 0);
            while (true) {
                try {
                    return attempt.make();
                }
                catch (StateLockedException ex) {
                    Thread.onSpinWait(); // what hung gives its place free soon
                }
                catch (StateException ex) {
                    told(ex);
                    if (System.nanoTime() - deadline >= 0) {
                        throw new AssertionError("it failed again after the fault had gone", ex);
                    }
                }
            }
        }

        private StateManager open() {
            StateManager manager = attempt(() -> StateManager.open(options()),
                    () -> EveryFaultTest.this.failedOpenings++);
            this.opening.replaceAll((kind, before) -> before + this.files.calls(kind));
            Expectation expectation = Expectation.at(Expectation.Found.NOTHING, this.disk.marks(this.disk.events()));
            Expectation.Found found = attempt(() -> expectation.check(manager), () -> {
                EveryFaultTest.this.failedOperations++;
            });
            this.disk.mark(new Settled(found.promise(), found.version()));
            assertThat(found.promise().content().differences(this.model)).as("after closing in peace").isEmpty();
            return manager;
        }

        private void close(StateManager manager) {
            try {
                manager.close();
            }
            catch (StateException ex) {
                told(ex);
            }
        }

        private void step(StateManager manager) {
            Store store = new Store(manager);
            for (int turn = 0; turn < STEPS; turn++) {
                Operation operation = this.workload.operation(this.index);
                if (operation.unit()) {
                    manager.update(() -> operation.changes().forEach((change) -> apply(store, change)));
                }
                else {
                    operation.changes().forEach((change) -> apply(store, change));
                }
                this.index++;
            }
            this.serial++;
            attempt(() -> {
                store.position(this.serial);
                return true;
            }, () -> EveryFaultTest.this.failedOperations++);
        }

        /** What an error was thrown for was not done: doing it again does it once. */
        private void apply(Store store, Change change) {
            Operation alone = new Operation(false, List.of(change));
            List<@Nullable Object> results = attempt(() -> store.run(alone, this.index, false), () -> {
                EveryFaultTest.this.failedOperations++;
            });
            Object expected = this.model.apply(change);
            assertThat(Model.same(expected, results.get(0)))
                .as("result of %s: expected %s, found %s", change.kind(), Model.show(expected),
                        Model.show(results.get(0)))
                .isTrue();
        }

        private void checkpoint(StateManager manager) {
            Promise promise = new Promise(this.serial, this.serial, new byte[0], this.model.copy());
            this.disk.mark(new Asked(promise));
            Checkpoint done = attempt(manager::checkpoint, () -> {
                EveryFaultTest.this.failedCheckpoints++;
                assertThat(manager.stats().checkpoints().lastError()).as("the last error").isNotNull();
                checkAfterPowerCut();
            });
            this.disk.mark(new Acknowledged(promise, done.version(), null));
        }

        /** Opens what a power cut leaves now: the last acknowledged, or one in flight. */
        private void checkAfterPowerCut() {
            int events = this.disk.events();
            Expectation expectation = Expectation.at(Expectation.Found.NOTHING, this.disk.marks(events));
            try (StateManager manager = StateManager
                .open(this.disk.rebuilt(events, this.random.split()).options(this.random.nextInt(4)))) {
                expectation.check(manager);
            }
        }

        private static void told(StateException error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                assertThat(cause).as("nothing was given up for good").isNotInstanceOf(StateFailedException.class);
            }
        }

    }

}
