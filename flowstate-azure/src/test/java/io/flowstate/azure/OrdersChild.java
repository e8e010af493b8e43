package io.flowstate.azure;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.storage.FencedException;
import io.flowstate.testing.Child;
import io.flowstate.testing.Torture;

/**
 * The process that {@link AzureCrashTest} kills and {@link FencingTest} stops. It goes on
 * with the workload where the recovered checkpoint left off, and says:
 *
 * <pre>
 *   OPENING                    the store is about to be opened
 *   OPENED version position    it is open and holds what it should
 *   CUT position               a checkpoint is about to be cut just there
 *   ACK version position       it is durable
 *   FENCED                     another has taken over, as the error says
 *   OP index                   so far the workload has come
 *   TROUBLE text               something is wrong
 * </pre>
 */
final class OrdersChild {

    private static final int LINE_EVERY = 20;

    private OrdersChild() {
    }

    /**
     * Starts one, as a machine of its own would: its directory is its own too.
     * @param directory its machine's disk
     * @param connection connection string, container and prefix
     * @param seed that of the workload
     * @param round the round, by which settings change
     */
    static Child start(Path directory, List<String> connection, long seed, int round) throws IOException {
        List<String> arguments = new ArrayList<>(connection);
        arguments.addAll(List.of(directory.toString(), Long.toString(seed), Integer.toString(round)));
        return Child.start(OrdersChild.class, directory.resolve("errors.txt"), List.of("-Xmx192m", "-Xss1m"),
                arguments);
    }

    /** The settings of a round: they change, since a store must bear that. */
    static AzureBlobStorage storage(String connectionString, String container, String prefix, Path directory,
            int round) {
        AzureBlobStorage.Builder builder = AzureBlobStorage.builder()
            .connectionString(connectionString, container)
            .prefix(prefix)
            .leaseDuration(Duration.ofSeconds(1))
            .tryTimeout(Duration.ofSeconds(25)) // a JVM begins slowly on a busy machine
            .deadline(Duration.ofSeconds(50))
            .leftoverGrace(Duration.ofSeconds(round % 3))
            .objectSize(64 << 10 << (round % 4))
            .uploadParallelism(1 + round % 4);
        if (round % 2 == 0) {
            builder.cacheDirectory(directory.resolve("cache")).cacheSize(2 << 20);
        }
        return builder.build();
    }

    static StateManagerOptions options(AzureBlobStorage storage, Path directory, int round) {
        int pageSize = 64 << 10 << (round % 3);
        return StateManagerOptions.builder()
            .persistentStorage(storage.storage())
            .pageSize(pageSize)
            .memorySize((4L + round % 4) * pageSize)
            .segmentSize((long) pageSize << (round % 3))
            .indexMemory(4 << 20)
            .replayLimit(128L << 10 << (round % 4))
            .checkpointsToKeep(1 + round % 3)
            .cachePageCount(4 + round * 7 % 40)
            .cacheMemory(4 << 20)
            .statePageSize(4096 << (round % 4))
            .compression((round % 2 == 0) ? Compression.none() : Compression.zlib())
            .temporaryDirectory(directory.resolve("temporary"))
            .build();
    }

    public static void main(String[] arguments) {
        try {
            Path directory = Path.of(arguments[3]);
            long seed = Long.parseLong(arguments[4]);
            int round = Integer.parseInt(arguments[5]);
            say("OPENING");
            AzureBlobStorage storage = storage(arguments[0], arguments[1], arguments[2], directory, round);
            run(StateManager.open(options(storage, directory, round)), new OrdersWorkload(seed),
                    Torture.random(seed, ~round));
        }
        catch (Throwable ex) {
            trouble(ex);
        }
    }

    private static void run(StateManager manager, OrdersWorkload workload, SplittableRandom random) {
        OrdersStore store = new OrdersStore(manager);
        long first = store.position();
        var differences = OrdersModel.of(workload, first).differences(store.content());
        if (!differences.isEmpty()) {
            throw new AssertionError("recovered at position " + first + ": " + differences);
        }
        say("OPENED " + manager.lastCheckpoint().map(Checkpoint::version).orElse(0L) + " " + first);
        try {
            for (long index = first;; index++) {
                store.continueWith(workload, index + 1);
                if (index % LINE_EVERY == 0) {
                    say("OP " + index);
                }
                if (random.nextInt(40) == 0) {
                    checkpoint(manager, index + 1, random.nextInt(8));
                }
            }
        }
        catch (RuntimeException ex) {
            fencedOrTrouble(ex);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback tells of both ends
    private static void checkpoint(StateManager manager, long position, int kind) {
        say("CUT " + position);
        if (kind == 0) {
            manager.compact();
            acknowledge(manager.lastCheckpoint().orElseThrow(), position);
        }
        else if (kind < 4) {
            CompletableFuture<Checkpoint> done = manager.checkpointAsync();
            done.whenComplete((checkpoint, ex) -> {
                if (checkpoint != null) {
                    acknowledge(checkpoint, position);
                }
                else if (ex != null) {
                    fencedOrTrouble(ex);
                }
            });
        }
        else {
            acknowledge(manager.checkpoint(), position);
        }
    }

    private static void acknowledge(Checkpoint checkpoint, long position) {
        say("ACK " + checkpoint.version() + " " + position);
    }

    /** A writer that was overtaken must say so, and stops. */
    private static void fencedOrTrouble(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof FencedException) {
                say("FENCED");
                Runtime.getRuntime().halt(0);
            }
        }
        trouble(failure);
    }

    private static void trouble(Throwable failure) {
        failure.printStackTrace();
        say("TROUBLE " + failure);
        Runtime.getRuntime().halt(1);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

}
