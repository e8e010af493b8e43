package io.flowstate.torture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.Storage;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.Torture;
import io.flowstate.torture.PowerCutRun.Promise;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Random restores: what a version held is there again, with catalogue, sizes and
 * metadata, after a crash too, and a restore can be undone by another one. Repeated with
 * {@code -Dflowstate.torture.restores=200}.
 */
class RestoreTest {

    private static final String NAME = "restore";

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aRestoredStoreIsAsItWasThen() {
        long seed = Torture.seed(NAME);
        int seeds = Torture.count("restores", 20);
        int restores = 0;
        int crashes = 0;

        try (QuietErrors quiet = new QuietErrors()) {
            for (int number = 0; number < seeds; number++) {
                quiet.forget();
                RestoreRun run = new RestoreRun(MemoryDisk.empty().recorded(), seed + number);
                try {
                    run.work();
                }
                catch (Throwable ex) {
                    throw new AssertionError("history " + number + " with seed " + seed + "\n" + quiet.said(), ex);
                }
                restores += run.restores();
                crashes += run.crashes();
            }
        }

        Torture.say(NAME, "seed %d: %d histories, %d restores, %d crashes after them, 0 violations", seed, seeds,
                restores, crashes);
    }

    /** A store with several kept versions, and what each of them holds. */
    private static RestoreRun kept(long seed) {
        MemoryDisk disk = MemoryDisk.empty().recorded();
        RestoreRun run = new RestoreRun(disk, seed);
        run.work();
        return run;
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aRestoreThatFailsLeavesTheContentOldOrRestored() {
        long seed = Torture.seed("restore-faults");
        int stores = Math.max(1, Torture.count("restores", 20) / 20);
        Map<String, Integer> outcomes = new TreeMap<>();

        try (QuietErrors quiet = new QuietErrors()) {
            for (int number = 0; number < stores; number++) {
                RestoreRun run = kept(seed + number);
                SplittableRandom random = Torture.random(seed, number);
                for (boolean lasting : new boolean[] { false, true }) {
                    boolean met = true;
                    for (int call = 1; met; call++) {
                        quiet.forget();
                        try {
                            met = fail(run, call, lasting, random, outcomes);
                        }
                        catch (Throwable ex) {
                            throw new AssertionError("call " + call + (lasting ? " and all after it" : "") + ", store "
                                    + number + " with seed " + seed + "\n" + quiet.said(), ex);
                        }
                    }
                }
            }
        }

        Torture.say("restore-faults", "seed %d: %s, 0 violations", seed, outcomes);
        assertThat(outcomes.keySet()).contains("old"); // "restored" comes with some seeds
    }

    private static boolean fail(RestoreRun run, int call, boolean lasting, SplittableRandom random,
            Map<String, Integer> outcomes) {
        MemoryDisk disk = run.disk().copy().recorded();
        FaultyFiles files = new FaultyFiles(disk.files());
        Promise now = run.last();
        Promise wanted;
        boolean met;
        boolean isRestored = false;
        boolean isOld = false;
        StateManager manager = StateManager.open(disk.through((same) -> files).options(0, RestoreRun.KEEP));
        try {
            Store store = new Store(manager);
            assertThat(store.differences(now.content())).isEmpty(); // has used all
                                                                    // handles
            List<Checkpoint> kept = manager.checkpoints().stream().filter(run::knows).toList();
            Checkpoint version = kept.get(kept.size() - 1 - random.nextInt(Math.min(2, kept.size())));
            wanted = run.promise(version);
            long callsBefore = files.calls();
            if (lasting) {
                files.failFrom(call);
            }
            else {
                files.failCall(call);
            }
            try {
                manager.restore(version.version());
                outcomes.merge("done", 1, Integer::sum);
            }
            catch (CheckpointFailedException ex) {
                outcomes.merge("told", 1, Integer::sum);
            }
            met = files.calls() - callsBefore >= call;
            files.heal();
            try {
                Store after = new Store(manager);
                isOld = after.differences(now.content()).isEmpty();
                isRestored = after.differences(wanted.content()).isEmpty();
                assertThat(isOld || isRestored).as("old or restored").isTrue();
                if (random.nextBoolean()) {
                    manager.checkpoint();
                }
                else {
                    isOld |= isRestored; // a commit of unknown outcome may be visible
                    isRestored |= isOld;
                }
                outcomes.merge(isOld ? "old" : "restored", 1, Integer::sum);
            }
            catch (StateFailedException | CheckpointFailedException ex) {
                assertThat(gaveUp(ex)).as("gave up for good").isTrue();
                isRestored = true; // it was committed
                outcomes.merge("gave up", 1, Integer::sum);
            }
        }
        finally {
            manager.close();
        }
        try (StateManager again = StateManager.open(disk.copy().options(1, RestoreRun.KEEP))) {
            Store store = new Store(again);
            boolean old = isOld && store.differences(now.content()).isEmpty();
            boolean restored = isRestored && store.differences(wanted.content()).isEmpty();
            assertThat(old || restored).as("after reopening: as before").isTrue();
        }
        return met;
    }

    private static boolean gaveUp(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StateFailedException) {
                return true;
            }
        }
        return false;
    }

    @Test
    void anUnreadableVersionIsNotRestoredAndNothingChanges() {
        RestoreRun run = kept(Torture.seed("restore-damage"));
        MemoryDisk disk = run.disk().copy();
        int refused = 0;
        try (StateManager manager = StateManager.open(disk.options(0, RestoreRun.KEEP))) {
            List<Checkpoint> kept = manager.checkpoints().stream().filter(run::knows).toList();
            Checkpoint version = kept.get(kept.size() - 1);
            Map<String, byte[]> files = MemoryDisk.precious(disk.contents());
            String metadata = String.format("checkpoint-%016x", version.version());
            List<String> names = new ArrayList<>(files.keySet()); // what is surely needed
                                                                  // comes first
            names.sort(Comparator.comparing((name) -> !name.contains(metadata)));
            for (String file : names) {
                if (!file.endsWith(".seg") && !file.endsWith(".meta")) {
                    continue;
                }
                byte[] content = Objects.requireNonNull(files.get(file));
                disk.put(file, Arrays.copyOf(content, content.length / 2));
                Map<String, byte[]> damaged = MemoryDisk.precious(disk.contents());
                if (needs(manager, version.version(), file, damaged, disk)) {
                    refused++;
                    disk.put(file, content);
                    assertThat(new Store(manager).differences(run.last().content())).as(file).isEmpty();
                }
                else {
                    break; // restored: what followed would not be the same
                }
            }
        }
        assertThat(refused).isPositive();
    }

    private static boolean needs(StateManager manager, long version, String file, Map<String, byte[]> damaged,
            MemoryDisk disk) {
        try {
            manager.restore(version);
            return false;
        }
        catch (CheckpointFailedException ex) {
            assertThat(ex).hasMessageContaining(file);
            assertThat(MemoryDisk.changed(damaged, MemoryDisk.precious(disk.contents()))).as(file).isEmpty();
            return true;
        }
    }

    @Test
    void aRestoreInsideAUnitIsRefused() {
        try (StateManager manager = StateManager.open(MemoryDisk.empty().options(0))) {
            long version = manager.checkpoint().version();

            assertThatIllegalStateException().isThrownBy(() -> manager.update(() -> manager.restore(version)))
                .withMessageContaining("unit of work");
        }
    }

    @Test
    void aRestoreOnTemporaryStorageIsRefused() {
        StateManagerOptions options = StateManagerOptions.builder()
            .persistentStorage(Storage.temporary())
            .pageSize(64 << 10)
            .memorySize(512 << 10)
            .indexMemory(1 << 20)
            .build();
        try (StateManager manager = StateManager.open(options)) {
            long version = manager.checkpoint().version();

            assertThatIllegalStateException().isThrownBy(() -> manager.restore(version))
                .withMessageContaining("temporary storage");
        }
    }

}
