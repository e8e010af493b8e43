package io.flowstate.torture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.testing.Torture;
import io.flowstate.torture.PowerCutRun.Promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * One history of a store with random restores, over several openings, compared with
 * models of each version. Belongs to one thread.
 */
final class RestoreRun {

    static final int KEEP = 5;

    private static final int SESSIONS = 3;

    private static final int STEPS = 12; // of a session

    private final MemoryDisk disk;

    private final Workload workload;

    private final SplittableRandom random;

    private final Map<Long, Promise> versions = new LinkedHashMap<>(); // ever
                                                                       // acknowledged

    private Model model = new Model();

    private Promise last = Promise.NOTHING;

    private long position; // as the store has it

    private long index; // of the next operation

    private int serial;

    private int restores;

    private int crashes;

    RestoreRun(MemoryDisk disk, long seed) {
        this.disk = disk;
        this.workload = new Workload(seed, 20_000, 150);
        this.random = Torture.random(seed, -2);
    }

    int restores() {
        return this.restores;
    }

    int crashes() {
        return this.crashes;
    }

    MemoryDisk disk() {
        return this.disk;
    }

    /** What the newest version holds. */
    Promise last() {
        return this.last;
    }

    /** Whether it is known what a version holds. */
    boolean knows(Checkpoint version) {
        return this.versions.containsKey(version.version());
    }

    /** What a version holds. */
    Promise promise(Checkpoint version) {
        return this.versions.getOrDefault(version.version(), Promise.NOTHING);
    }

    void work() {
        for (int session = 0; session < SESSIONS; session++) {
            try (StateManager manager = StateManager.open(this.disk.options(this.random.nextInt(6), KEEP))) {
                assertThat(this.last.differences(manager)).as("opened again, session %d", session).isEmpty();
                this.model = this.last.content().copy();
                this.position = this.last.position();
                session(manager);
            }
        }
    }

    private void session(StateManager manager) {
        Store store = new Store(manager);
        for (int step = 0; step < STEPS; step++) {
            operate(store, this.random.nextInt(80));
            int dice = this.random.nextInt(10);
            if (dice == 0) {
                manager.compact();
                hold(manager, new byte[0]);
            }
            else if (dice < 6 || manager.checkpoints().isEmpty()) {
                checkpoint(manager, store);
            }
            else {
                store = restore(manager, store);
            }
        }
        operate(store, this.random.nextInt(100)); // to be lost
    }

    private void operate(Store store, int operations) {
        for (int turn = 0; turn < operations; turn++) {
            Operation operation = this.workload.operation(this.index);
            List<Object> expected = new ArrayList<>();
            operation.changes().forEach((change) -> expected.add(this.model.apply(change)));
            assertThat(store.run(operation, this.index, false)).as("operation %d", this.index).isEqualTo(expected);
            this.index++;
        }
    }

    private void checkpoint(StateManager manager, Store store) {
        this.position = ++this.serial;
        store.position(this.position);
        byte[] metadata = ("checkpoint " + this.serial).getBytes(StandardCharsets.UTF_8);
        manager.checkpoint(metadata);
        hold(manager, metadata);
    }

    /** The newest version holds what the store holds. */
    private void hold(StateManager manager, byte[] metadata) {
        this.last = new Promise(++this.serial, this.position, metadata, this.model.copy());
        this.versions.put(manager.lastCheckpoint().orElseThrow().version(), this.last);
    }

    private Store restore(StateManager manager, Store before) {
        List<Long> kept = manager.checkpoints().stream().map(Checkpoint::version).toList();
        assertThat(kept).hasSizeLessThanOrEqualTo(KEEP);
        Map<String, BooleanSupplier> cursors = cursors(before);
        // a version may be one in the midst of compacting
        List<Long> known = kept.stream().filter(this.versions::containsKey).toList();
        long version = known.get(this.random.nextInt(known.size()));
        Promise promise = this.versions.getOrDefault(version, Promise.NOTHING);
        refuseUnknown(manager, kept);

        Checkpoint restored = manager.restore(version);
        MemoryDisk killed = this.disk.copy();

        this.restores++;
        assertThat(restored.version()).as("version").isGreaterThan(kept.get(0));
        assertThat(restored.metadata()).as("metadata").isEqualTo(promise.metadata());
        assertThat(promise.differences(manager)).as("restored version %d as %d", version, restored.version()).isEmpty();
        checkHandles(before, promise.content());
        cursors.forEach((name, cursor) -> assertThatIllegalStateException().as("cursor of " + name)
            .isThrownBy(cursor::getAsBoolean));
        checkAfterCrash(killed, restored, promise);
        checkAfterCrash(this.disk.rebuilt(this.disk.events(), this.random.split()), restored, promise);
        this.model = promise.content().copy();
        this.position = promise.position();
        hold(manager, promise.metadata());
        return new Store(manager);
    }

    private static void refuseUnknown(StateManager manager, List<Long> kept) {
        long unknown = kept.get(0) + 1;
        assertThatIllegalArgumentException().isThrownBy(() -> manager.restore(unknown))
            .satisfies((ex) -> kept.forEach((version) -> assertThat(ex).hasMessageContaining(Long.toString(version))));
    }

    private static Map<String, BooleanSupplier> cursors(Store store) {
        Map<String, BooleanSupplier> cursors = new HashMap<>();
        store.handles().forEach((name, handle) -> {
            BooleanSupplier cursor = handle.cursor();
            if (cursor != null) {
                boolean unused = cursor.getAsBoolean(); // stands somewhere
                cursors.put(name, cursor);
            }
        });
        return cursors;
    }

    private static void checkHandles(Store before, Model content) {
        before.handles().forEach((name, handle) -> {
            if (name.equals(Store.POSITION)) {
                return;
            }
            if (content.exists(name)) {
                content.state(name)
                    .forEach((key, value) -> assertThat(Model.plain(handle.get(Model.bytes(key))))
                        .as("%s[%s] by a handle from before", name, Model.show(key))
                        .isEqualTo(value));
            }
            else {
                Change change = new Change(Change.Kind.CLEAR, name, "", "");
                assertThatIllegalStateException().as("state " + name)
                    .isThrownBy(handle::size)
                    .withMessageContaining(Store.nameOf(name));
                assertThatIllegalStateException().as("state " + name)
                    .isThrownBy(() -> handle.apply(change))
                    .withMessageContaining(Store.nameOf(name));
            }
        });
    }

    private void checkAfterCrash(MemoryDisk left, Checkpoint restored, Promise promise) {
        this.crashes++;
        try (StateManager manager = StateManager.open(left.options(this.random.nextInt(6), KEEP))) {
            assertThat(manager.lastCheckpoint().orElseThrow().version()).as("version after a crash")
                .isEqualTo(restored.version());
            assertThat(promise.differences(manager)).as("after a crash").isEmpty();
        }
    }

}
