package io.flowstate.torture;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * Every byte counts: one damage at a time to a closed store. Opening it and reading
 * everything gives exactly the newest checkpoint, or an error that names the file and the
 * place in it; never another value, an older checkpoint, another error or a hang. More
 * positions of large files with {@code -Dflowstate.torture.positions=2000}.
 */
class DamageTest {

    private static final String NAME = "damage";

    private static final Duration HANG = Duration.ofMinutes(1);

    private static final int CHECKPOINTS = 4;

    private static final int VARIANT = 2; // of the options: a segment holds more than a
                                          // checkpoint writes

    private static final int VIOLATIONS_SHOWN = 10;

    private final Model newest = new Model();

    private long newestVersion;

    private final MemoryDisk store = MemoryDisk.empty();

    private Map<String, byte[]> now = Map.of(); // the files of the closed store

    private Map<String, byte[]> earlier = Map.of(); // and after the one before

    private volatile boolean opened; // whether the copy that is looked at could be opened

    private final Map<String, int[]> outcomes = new TreeMap<>(); // see count

    private long refusals; // of single reads behind an open store

    private final List<String> violations = new ArrayList<>();

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aDamagedStoreGivesTheNewestCheckpointOrSaysWhatIsDamaged() {
        long seed = Torture.seed(NAME);
        int positions = Torture.count("positions", 200);
        write(seed);
        // what the newest checkpoint made superfluous is deleted after the call, at the
        // latest while the store is closed
        this.now = MemoryDisk.precious(this.store.contents());

        int damages = 0;
        try (QuietErrors quiet = new QuietErrors()) {
            for (Damage damage : damages(positions, Torture.random(seed, 1))) {
                quiet.forget();
                damages += inflict(damage) ? 1 : 0;
            }
        }
        this.outcomes.forEach((kind, count) -> Torture.say(NAME, "%s: %d exact, %d damage named, %d other format", kind,
                count[0], count[1], count[2]));
        Torture.say(NAME, "seed %d: %d damages to %d files, %d violations", seed, damages, this.now.size(),
                this.violations.size());

        assertThat(this.violations.stream().limit(VIOLATIONS_SHOWN)).isEmpty();
    }

    /**
     * What opening has verified may be damaged a moment later: each read from the device
     * verifies what it reads.
     */
    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void damageBehindAnOpenStoreIsNeverReadAsAValue() {
        long seed = Torture.seed(NAME);
        int positions = Torture.count("positions", 200);
        write(seed);
        MemoryDisk disk = this.store.copy();

        int damages = 0;
        try (StateManager manager = StateManager.open(disk.options(VARIANT))) {
            List<Damage> all = damages(positions, Torture.random(seed, 2));
            all.removeIf((damage) -> !damage.file().endsWith(".seg") || damage.change() == null);
            for (Damage damage : all) {
                disk.put(damage.file(), Objects.requireNonNull(damage.change()).apply(this.now.get(damage.file())));
                readBehind(manager, damage);
                disk.put(damage.file(), this.now.get(damage.file()));
                damages++;
            }
            assertThat(new Store(manager).differences(this.newest)).as("all damage undone").isEmpty();
        }
        Torture.say(NAME, "seed %d: %d damages behind an open store, %d reads refused, %d violations", seed, damages,
                this.refusals, this.violations.size());

        assertThat(this.violations.stream().limit(VIOLATIONS_SHOWN)).isEmpty();
        assertThat(this.refusals).isPositive();
    }

    private void readBehind(StateManager manager, Damage damage) {
        Store states = new Store(manager);
        guarded(damage, () -> check(this.newest.differences(states.content(new ArrayList<>())).isEmpty(), damage,
                "gave other content to a cursor", null));
        this.newest.names()
            .forEach((name) -> this.newest.state(name)
                .forEach((key, value) -> guarded(damage, () -> check(value.equals(states.get(name, key)), damage,
                        "gave another value of " + name + "[" + Model.show(key) + "]", null))));
    }

    private void guarded(Damage damage, Runnable read) {
        try {
            read.run();
        }
        catch (CorruptStateException ex) {
            this.refusals++;
            check(ex.resource().contains(damage.file()), damage, "names another file", ex);
        }
        catch (RuntimeException ex) {
            check(false, damage, "ended with", ex);
        }
    }

    private void write(long seed) {
        Workload workload = new Workload(seed, 8000, 200);
        long index = 0;
        try (StateManager manager = StateManager.open(this.store.options(VARIANT))) {
            index = work(manager, workload, index, 2);
        }
        try (StateManager manager = StateManager.open(this.store.options(VARIANT))) {
            index = work(manager, workload, index, 1);
            manager.compact();
            long compacted = manager.lastCheckpoint().orElseThrow().version();
            goAstray(manager, workload, index);
            manager.restore(compacted);
            work(manager, workload, index, CHECKPOINTS - 3);
        }
        this.now = MemoryDisk.precious(this.store.contents()); // what was superfluous is
                                                               // deleted by now
    }

    private long work(StateManager manager, Workload workload, long first, int checkpoints) {
        Store states = new Store(manager);
        long index = first;
        for (int number = 0; number < checkpoints; number++) {
            for (long end = index + 120; index < end; index++) {
                Operation operation = workload.operation(index);
                states.run(operation, index, false);
                operation.changes().forEach(this.newest::apply);
            }
            states.position(index);
            this.earlier = this.now;
            this.newestVersion = manager.checkpoint(("metadata " + index).getBytes(StandardCharsets.UTF_8)).version();
            this.now = MemoryDisk.precious(this.store.contents());
        }
        return index;
    }

    /** Does what will be undone. */
    private static void goAstray(StateManager manager, Workload workload, long index) {
        Store states = new Store(manager);
        for (long turn = index; turn < index + 40; turn++) {
            states.run(workload.operation(turn), turn, false);
        }
        manager.checkpoint();
    }

    private List<Damage> damages(int positions, SplittableRandom random) {
        List<Damage> damages = new ArrayList<>();
        this.now.forEach(
                (file, content) -> damages.addAll(Damage.of(file, content, this.earlier.get(file), positions, random)));
        this.earlier.forEach((file, content) -> {
            if (!this.now.containsKey(file)) {
                damages.add(new Damage("put back, though deleted since", file, 0, (nothing) -> content));
            }
        });
        damages.addAll(Damage.misplacements(this.now));
        return damages;
    }

    /** Does one damage to a copy; returns whether it changed anything. */
    private boolean inflict(Damage damage) {
        byte[] old = this.now.getOrDefault(damage.file(), new byte[0]);
        byte[] content = (damage.change() != null) ? damage.change().apply(old) : null;
        if (Arrays.equals(content, this.now.get(damage.file()))) {
            return false;
        }
        MemoryDisk disk = this.store.copy();
        disk.put(damage.file(), content);
        Map<String, byte[]> before = MemoryDisk.precious(disk.contents());
        try {
            assertTimeoutPreemptively(HANG, () -> read(disk));
            count(damage, old, 0);
        }
        catch (CorruptStateException ex) {
            count(damage, old, 1);
            check(ex.resource().contains(damage.file()), damage, "names another file", ex);
            long longest = Math.max(old.length, (content != null) ? content.length : 0);
            check(ex.offset() >= 0 && ex.offset() <= longest, damage, "names offset " + ex.offset(), ex);
            check(this.opened || MemoryDisk.changed(before, MemoryDisk.precious(disk.contents())).isEmpty(), damage,
                    "changed files", ex);
        }
        catch (IncompatibleFormatException ex) {
            count(damage, old, 2);
            check(String.valueOf(ex.getMessage()).contains(damage.file()), damage, "names another file", ex);
        }
        catch (Throwable ex) {
            check(false, damage, "ended with", ex);
        }
        return true;
    }

    private void count(Damage damage, byte[] old, int outcome) {
        String kind = damage.kind().replaceAll(" with .*", "");
        this.outcomes.computeIfAbsent(kind, (absent) -> new int[3])[outcome]++;
        this.outcomes.computeIfAbsent(damage.file() + ", " + old.length + " bytes", (absent) -> new int[3])[outcome]++;
    }

    private void check(boolean right, Damage damage, String what, @Nullable Throwable ex) {
        if (!right) {
            this.violations.add(damage + " " + what + ": " + ex);
            if (this.violations.size() <= VIOLATIONS_SHOWN && ex != null) {
                ex.printStackTrace(System.out);
            }
        }
    }

    private void read(MemoryDisk disk) {
        this.opened = false;
        try (StateManager manager = StateManager.open(disk.options(VARIANT))) {
            this.opened = true;
            long version = manager.lastCheckpoint().map(Checkpoint::version).orElse(0L);
            if (version != this.newestVersion) {
                throw new AssertionError("version " + version + " instead of " + this.newestVersion);
            }
            List<String> differences = new Store(manager).differences(this.newest);
            if (!differences.isEmpty()) {
                throw new AssertionError("another content: " + differences);
            }
        }
    }

}
