package io.flowstate.torture;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.storage.Storage;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@link CrashTest} kills. It goes on with the workload where the
 * recovered checkpoint left off, compares what each call returns with a model, and says:
 *
 * <pre>
 *   OPENING                    the store is about to be opened
 *   OPENED version position    it is open
 *   CUT position               a checkpoint is about to be cut, just there or a little later,
 *                              or one of that position to be restored
 *   ACK version position       it is durable
 *   RESTORED position          it is, and holds what it should
 *   OP index                   so far the workload has come
 * </pre>
 */
final class CrashChild {

    static final int LARGEST_VALUE = 60_000;

    static final int COLD_KEYS = 5000;

    private static final int LINE_EVERY = 25;

    private final StateManager manager;

    private final Workload workload;

    private final SplittableRandom random;

    private final boolean concurrent;

    private final Map<Long, Long> positions = new ConcurrentHashMap<>(); // of the
                                                                         // versions
                                                                         // known here

    private CompletableFuture<?> pending = CompletableFuture.completedFuture(null);

    private volatile long done; // written by the working thread only

    private CrashChild(StateManager manager, long seed, int round) {
        this.manager = manager;
        this.workload = new Workload(seed, LARGEST_VALUE, COLD_KEYS);
        this.random = Torture.random(seed, -round);
        this.concurrent = concurrent(round);
    }

    /**
     * Whether in a round another thread takes the checkpoints while the workload runs.
     * @param round the round
     * @return whether it is so
     */
    static boolean concurrent(int round) {
        return round % 3 == 2;
    }

    /**
     * The settings of a round: they change, since a store must bear that.
     * @param directory the place of the store
     * @param round the round
     * @return the options
     */
    static StateManagerOptions options(Path directory, int round) {
        int pageSize = 64 << 10 << (round % 3);
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .pageSize(pageSize)
            .memorySize((4L + round % 4) * pageSize)
            .segmentSize((long) pageSize << (round % 2))
            .indexMemory(4 << 20)
            .replayLimit(64L << 10 << (round % 5))
            .checkpointsToKeep(1 + (round / 2) % 4)
            .cachePageCount(1 + round * 7 % 40)
            .cacheMemory(1 << 20)
            .statePageSize(4096 << (round % 4))
            .compression(List.of(Compression.zstd(), Compression.none(), Compression.zlib()).get(round % 3))
            .temporaryDirectory(directory.resolve("temporary"))
            .readCache(round % 2 == 0)
            .build();
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        int round = Integer.parseInt(arguments[2]);
        say("OPENING");
        StateManager manager = StateManager.open(options(directory, round));
        new CrashChild(manager, seed, round).run();
    }

    private void run() throws InterruptedException {
        Store store = new Store(this.manager);
        long first = store.position();
        say("OPENED " + this.manager.lastCheckpoint().map(Checkpoint::version).orElse(0L) + " " + first);
        List<String> complaints = new ArrayList<>();
        Model model = store.content(complaints);
        check(complaints.isEmpty(), complaints.toString());
        this.done = first;
        this.manager.lastCheckpoint().ifPresent((last) -> this.positions.put(last.version(), first));
        Semaphore turns = new Semaphore(0);
        if (this.concurrent) {
            Thread thread = new Thread(() -> takeCheckpoints(turns), "checkpoints");
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((failed, ex) -> die(ex));
            thread.start();
        }
        for (long index = first;; index++) {
            // at once in some rounds, which leads to a version of an earlier process
            boolean goBack = (index == first) ? this.random.nextBoolean() : this.random.nextInt(1500) == 0;
            long restored = (this.concurrent || !goBack) ? -1 : restore(index == first);
            if (restored < 0) {
                step(store, model, index, turns);
                continue;
            }
            store = new Store(this.manager);
            model = modelAt(restored);
            List<String> differences = store.differences(model);
            check(differences.isEmpty() && store.position() == restored,
                    "restored to position " + restored + ": " + store.position() + ", " + differences);
            index = restored - 1;
            say("RESTORED " + restored);
        }
    }

    /**
     * Restores a version whose position is known: the workload goes on from there again.
     * @param oldest whether it is to be the oldest of them
     * @return the position, -1 if there is no such version
     */
    private long restore(boolean oldest) {
        this.pending.join(); // else it may replace the version meanwhile
        List<Checkpoint> known = this.manager.checkpoints().stream().filter((kept) -> positionOf(kept) >= 0).toList();
        if (known.isEmpty()) {
            return -1;
        }
        Checkpoint chosen = known.get(oldest ? known.size() - 1 : this.random.nextInt(known.size()));
        long position = positionOf(chosen);
        say("CUT " + position);
        acknowledge(this.manager.restore(chosen.version()), position);
        return position;
    }

    /** Of a version of an earlier run only the metadata can tell. */
    private long positionOf(Checkpoint kept) {
        byte[] metadata = kept.metadata();
        long told = (metadata.length >= Long.BYTES) ? ByteBuffer.wrap(metadata).getLong() : -1;
        return this.positions.getOrDefault(kept.version(), told);
    }

    private Model modelAt(long position) {
        Model model = new Model();
        for (long index = 0; index < position; index++) {
            this.workload.operation(index).changes().forEach(model::apply);
        }
        return model;
    }

    private void step(Store store, Model model, long index, Semaphore turns) {
        Operation operation = this.workload.operation(index);
        List<@Nullable Object> results = store.run(operation, index, this.concurrent);
        for (int at = 0; at < results.size(); at++) {
            Change change = operation.changes().get(at);
            Object expected = model.apply(change);
            Object found = results.get(at);
            check(Model.same(expected, found),
                    "operation " + index + ", change " + at + ": " + change.kind() + " on " + change.state() + "["
                            + Model.show(Model.plain(change.key())) + "] returned " + Model.show(found) + ", expected "
                            + Model.show(expected));
        }
        this.done = index + 1;
        if (index % LINE_EVERY == 0) {
            say("OP " + index);
        }
        if (this.random.nextInt(300) == 0) {
            if (this.concurrent) {
                turns.release();
            }
            else {
                store.position(index + 1);
                checkpoint(index + 1);
            }
        }
    }

    /** Two checkpoints, both at this position. */
    private void compact(long position) {
        say("CUT " + position);
        this.manager.compact();
        acknowledge(this.manager.lastCheckpoint().orElseThrow(), position);
    }

    private void takeCheckpoints(Semaphore turns) {
        while (true) {
            turns.acquireUninterruptibly();
            long atLeast = this.done;
            say("CUT " + atLeast);
            acknowledge(this.manager.checkpoint(), atLeast);
        }
    }

    private void checkpoint(long position) {
        if (this.random.nextInt(8) == 0) {
            compact(position);
            return;
        }
        say("CUT " + position);
        byte[] metadata = ByteBuffer.allocate(Long.BYTES + this.random.nextInt(100)).putLong(position).array();
        switch (this.random.nextInt(4)) {
            case 0 -> acknowledge(this.manager.checkpoint(), position);
            case 1 -> acknowledge(this.manager.checkpoint(metadata), position);
            case 2 -> acknowledge(this.manager.checkpointAsync(), position);
            default -> acknowledge(this.manager.checkpointAsync(metadata), position);
        }
    }

    private void acknowledge(CompletableFuture<Checkpoint> checkpoint, long position) {
        this.pending = checkpoint.whenComplete((done, ex) -> completed(done, ex, position));
    }

    private void completed(@Nullable Checkpoint checkpoint, @Nullable Throwable error, long position) {
        if (checkpoint == null) {
            die(error);
        }
        else {
            acknowledge(checkpoint, position);
        }
    }

    private void acknowledge(Checkpoint checkpoint, long position) {
        this.positions.put(checkpoint.version(), position);
        say("ACK " + checkpoint.version() + " " + position);
    }

    private static void check(boolean right, String message) {
        if (!right) {
            die(new AssertionError(message));
        }
    }

    static void die(@Nullable Throwable error) {
        if (error != null) {
            error.printStackTrace();
        }
        Runtime.getRuntime().halt(3);
    }

    static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

}
