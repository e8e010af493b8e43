package io.flowstate.torture;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;

/**
 * The process that {@link TransferTest} kills: threads move amounts between accounts
 * while another takes checkpoints. It says:
 *
 * <pre>
 *   OPENING                    the store is about to be opened
 *   OPENED version moves       it is open; the moves of each thread
 *   CUT moves                  a checkpoint is about to be cut with at least these moves
 *   ACK version moves          it is durable
 *   MOVED count                so many moves in all
 * </pre>
 */
final class TransferChild {

    private static final int MOVES_PER_CHECKPOINT = 3000;

    private static final int MOVES_PER_LINE = 200;

    private final StateManager manager;

    private final Bank bank;

    private final Transfers transfers;

    private final AtomicLong moved = new AtomicLong();

    private final AtomicLongArray moves;

    private final Semaphore turns = new Semaphore(0);

    private TransferChild(StateManager manager, long seed) {
        this.manager = manager;
        this.bank = new Bank(manager);
        this.transfers = new Transfers(seed);
        this.moves = new AtomicLongArray(this.bank.moves());
    }

    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        int round = Integer.parseInt(arguments[2]);
        CrashChild.say("OPENING");
        StateManager manager = StateManager.open(CrashChild.options(directory, round));
        new TransferChild(manager, seed).run();
    }

    private void run() {
        CrashChild.say("OPENED " + this.manager.lastCheckpoint().map(Checkpoint::version).orElse(0L) + " "
                + text(this.bank.moves()));
        this.bank.endow();
        for (int number = 0; number < Transfers.THREADS; number++) {
            int thread = number;
            Thread mover = new Thread(() -> move(thread), "mover-" + thread);
            mover.setUncaughtExceptionHandler((failed, ex) -> CrashChild.die(ex));
            mover.start();
        }
        try {
            takeCheckpoints();
        }
        catch (Throwable ex) {
            CrashChild.die(ex);
        }
    }

    private void move(int thread) {
        for (long index = this.moves.get(thread);; index++) {
            this.bank.make(this.transfers.move(thread, index), thread, index);
            this.moves.set(thread, index + 1);
            long count = this.moved.incrementAndGet();
            if (count % MOVES_PER_LINE == 0) {
                CrashChild.say("MOVED " + count);
            }
            if (count % MOVES_PER_CHECKPOINT == 0) {
                this.turns.release();
            }
        }
    }

    private void takeCheckpoints() {
        for (int number = 0;; number++) {
            this.turns.acquireUninterruptibly();
            String atLeast = text(moves());
            CrashChild.say("CUT " + atLeast);
            Checkpoint done = (number % 2 == 0) ? this.manager.checkpoint() : this.manager.checkpointAsync().join();
            CrashChild.say("ACK " + done.version() + " " + atLeast);
        }
    }

    private long[] moves() {
        long[] moves = new long[Transfers.THREADS];
        Arrays.setAll(moves, this.moves::get);
        return moves;
    }

    static String text(long[] moves) {
        return Arrays.stream(moves).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }

}
