package io.flowstate.torture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.storage.StateException;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;

/**
 * A workload on files that record what is done to them, over several openings of the
 * store. It marks in the recording when a checkpoint was asked for and when it was
 * acknowledged, so that for each moment it is known what the store may hold if the power
 * fails then. Belongs to one thread.
 */
final class PowerCutRun {

    static final int LARGEST_VALUE = 20_000;

    static final int COLD_KEYS = 150;

    private final MemoryDisk disk;

    private final Workload workload;

    private final SplittableRandom random;

    private final Map<Long, Promise> versions = new ConcurrentHashMap<>(); // that were
                                                                           // acknowledged

    private Model model = new Model();

    private long position; // the serial number of the checkpoint before which it was
                           // noted

    private long index; // of the next operation

    private int serial;

    PowerCutRun(MemoryDisk disk, long seed) {
        this.disk = disk;
        this.workload = new Workload(seed, LARGEST_VALUE, COLD_KEYS);
        this.random = Torture.random(seed, -1);
    }

    /**
     * What a checkpoint holds.
     *
     * @param serial counts the checkpoints asked for, from 1
     * @param position what the store says of its position
     * @param metadata the metadata, empty if there are none
     * @param content the content
     */
    record Promise(int serial, long position, byte[] metadata, Model content) {

        static final Promise NOTHING = new Promise(0, 0, new byte[0], new Model());

        /**
         * Compares an open store with this.
         * @param manager the store
         * @return what differs, in words
         */
        List<String> differences(StateManager manager) {
            Store store = new Store(manager);
            List<String> differences = store.differences(this.content);
            if (store.position() != this.position) {
                differences.add("position: expected " + this.position + ", found " + store.position());
            }
            byte[] metadata = manager.lastCheckpoint().map(Checkpoint::metadata).orElse(new byte[0]);
            if (!Arrays.equals(metadata, this.metadata)) {
                differences.add("metadata: expected " + text(this.metadata) + ", found " + text(metadata));
            }
            return differences;
        }

        private static String text(byte[] metadata) {
            return new String(metadata, StandardCharsets.UTF_8);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return this.serial;
        }

        @Override
        public String toString() {
            return "checkpoint asked for as number " + this.serial;
        }

    }

    /**
     * Mark: the store was opened and has no checkpoint.
     *
     * @param manifest the manifest just then
     */
    record Begun(byte[] manifest) {
    }

    /**
     * Mark: from here on the checkpoint may be found.
     *
     * @param promise what it holds
     */
    record Asked(Promise promise) {
    }

    /**
     * Mark: the store was opened after a death, or again, and showed what it holds; from
     * here on it must be that.
     *
     * @param promise what it holds
     * @param version its version, 0 if there is no checkpoint
     */
    record Settled(Promise promise, long version) {
    }

    /**
     * Mark: from here on the checkpoint must be found, or a newer one.
     *
     * @param promise what it holds
     * @param version its version
     * @param manifest the manifest just then, if nothing else was going on; else null
     */
    record Acknowledged(Promise promise, long version, byte @Nullable [] manifest) {

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(this.version);
        }

    }

    /**
     * Opens the store, works on it, and closes it, a few times. Some of these sessions
     * die in the midst of it, and the next goes on with what they have left.
     * @param sessions how often
     * @param checkpoints how many checkpoints each time
     */
    void work(int sessions, int checkpoints) {
        for (int session = 0; session < sessions; session++) {
            boolean dies = this.random.nextBoolean();
            session(checkpoints, dies ? this.random.nextInt(1 << (1 + this.random.nextInt(8))) : Integer.MAX_VALUE);
        }
    }

    /**
     * Opens the store, works on it, and closes it.
     * @param checkpoints how many checkpoints
     * @param changes at which change to the files the process dies
     * @return whether it died
     */
    boolean session(int checkpoints, int changes) {
        MortalFiles files = new MortalFiles(this.disk.files(), changes);
        try {
            session(this.disk.through((same) -> files), checkpoints);
        }
        catch (StateException | CompletionException ex) {
            if (!files.dead()) {
                throw ex;
            }
        }
        return files.dead();
    }

    private void session(MemoryDisk mortal, int checkpoints) {
        List<CompletableFuture<Checkpoint>> pending = new ArrayList<>();
        try (StateManager manager = StateManager.open(mortal.options(this.random.nextInt(4)))) {
            goOn(manager);
            Store store = new Store(manager);
            for (int number = 0; number < checkpoints; number++) {
                // Now and then nothing at all has changed; so it is with the first one of
                // half of all stores.
                int operations = (this.random.nextInt(6) == 0 || (this.serial == 0 && this.random.nextBoolean())) ? 0
                        : this.random.nextInt(80);
                operate(store, operations);
                switch (this.random.nextInt(8)) {
                    case 0 -> compact(manager, pending);
                    case 1 -> store = restore(manager, store, pending);
                    default -> checkpoint(manager, store, operations > 0, pending);
                }
            }
            operate(store, this.random.nextInt(200)); // to be lost
        }
        finally {
            // Closing has let them finish, or death has.
            CompletableFuture.allOf(pending.toArray(CompletableFuture<?>[]::new)).exceptionally((ex) -> null).join();
        }
    }

    /** Finds out what the session before has left, which from now on must stay. */
    private void goOn(StateManager manager) {
        Expectation.Found found = Expectation.at(Expectation.Found.NOTHING, this.disk.marks(this.disk.events()))
            .check(manager);
        this.disk.mark(new Settled(found.promise(), found.version()));
        this.versions.put(found.version(), found.promise());
        if (found.version() == 0) {
            this.disk.mark(new Begun(this.disk.manifest()));
        }
        this.model = found.promise().content().copy();
        this.position = found.promise().position();
    }

    private void operate(Store store, int operations) {
        for (int turn = 0; turn < operations; turn++) {
            Operation operation = this.workload.operation(this.index);
            store.run(operation, this.index, false);
            operation.changes().forEach(this.model::apply);
            this.index++;
        }
    }

    private void checkpoint(StateManager manager, Store store, boolean changed,
            List<CompletableFuture<Checkpoint>> pending) {
        this.serial++;
        if (changed) {
            this.position = this.serial;
            store.position(this.position);
        }
        boolean withMetadata = this.random.nextInt(3) > 0;
        byte[] metadata = (withMetadata ? "checkpoint " + this.serial : "").getBytes(StandardCharsets.UTF_8);
        Promise promise = new Promise(this.serial, this.position, metadata, this.model.copy());
        this.disk.mark(new Asked(promise));
        if (this.random.nextInt(3) == 0) {
            CompletableFuture<Checkpoint> future = withMetadata ? manager.checkpointAsync(metadata)
                    : manager.checkpointAsync();
            pending.add(future.whenComplete((done, ex) -> {
                if (done != null) {
                    acknowledged(promise, done.version(), null);
                }
            }));
            if (this.random.nextBoolean()) {
                join(pending);
            }
        }
        else {
            Checkpoint done = withMetadata ? manager.checkpoint(metadata) : manager.checkpoint();
            join(pending);
            acknowledged(promise, done.version(), this.disk.manifest());
        }
    }

    /** Takes checkpoints that hold the same. */
    private void compact(StateManager manager, List<CompletableFuture<Checkpoint>> pending) {
        this.serial++;
        Promise promise = new Promise(this.serial, this.position, new byte[0], this.model.copy());
        this.disk.mark(new Asked(promise));
        manager.compact();
        join(pending);
        acknowledged(promise, manager.lastCheckpoint().orElseThrow().version(), this.disk.manifest());
    }

    /** Goes back to a version, if there is one of which is known what it holds. */
    private Store restore(StateManager manager, Store store, List<CompletableFuture<Checkpoint>> pending) {
        join(pending);
        List<Long> known = manager.checkpoints()
            .stream()
            .map(Checkpoint::version)
            .filter(this.versions::containsKey)
            .toList();
        if (known.isEmpty()) {
            return store;
        }
        long version = known.get(this.random.nextInt(known.size()));
        Promise then = this.versions.getOrDefault(version, Promise.NOTHING);
        this.serial++;
        Promise promise = new Promise(this.serial, then.position(), then.metadata(), then.content());
        this.disk.mark(new Asked(promise));
        Checkpoint done = manager.restore(version);
        acknowledged(promise, done.version(), this.disk.manifest());
        this.model = promise.content().copy();
        this.position = promise.position();
        return new Store(manager);
    }

    private void acknowledged(Promise promise, long version, byte @Nullable [] manifest) {
        this.versions.put(version, promise);
        this.disk.mark(new Acknowledged(promise, version, manifest));
    }

    private static void join(List<CompletableFuture<Checkpoint>> pending) {
        pending.forEach(CompletableFuture::join);
        pending.clear();
    }

}
