package io.flowstate.torture;

import java.util.Arrays;
import java.util.SplittableRandom;

import io.flowstate.testing.Torture;

/**
 * A bank: accounts that together always hold the same sum, and threads that move amounts
 * between them. Move 17 of thread 2 is a function of the seed alone, and moves commute:
 * how many moves each thread has made says what every account holds. Belongs to one
 * thread.
 *
 * <pre>
 *   account   0                      the value, which holds the whole sum at first
 *             1 .. COUNTERS          counters
 *             then ACCOUNTS_PER_MAP  in the first map
 *             then ACCOUNTS_PER_MAP  in the second map
 * </pre>
 */
final class Transfers {

    static final int THREADS = 4;

    static final long SUM = 1_000_000_000_007L;

    static final int COUNTERS = 500;

    static final int ACCOUNTS_PER_MAP = 8000;

    static final int ACCOUNTS = 1 + COUNTERS + 2 * ACCOUNTS_PER_MAP;

    private final long seed;

    private final long[] balances = new long[ACCOUNTS];

    private final long[] moves = new long[THREADS];

    /**
     * Opens the bank, with everything in account 0.
     * @param seed what the moves are made of
     */
    Transfers(long seed) {
        this.seed = seed;
        this.balances[0] = SUM;
    }

    /**
     * One move.
     *
     * @param source the account that gives
     * @param target the account that gets, another one
     * @param amount how much; what the source holds does not matter
     */
    record Move(int source, int target, long amount) {
    }

    Move move(int thread, long index) {
        SplittableRandom random = Torture.random(this.seed + thread, index);
        int source = account(random);
        int target = account(random);
        return new Move(source, (target != source) ? target : (target + 1) % ACCOUNTS, random.nextLong(-50, 1000));
    }

    private static int account(SplittableRandom random) {
        int dice = random.nextInt(20);
        return (dice == 0) ? 0 : (dice < 5) ? random.nextInt(30) : random.nextInt(ACCOUNTS);
    }

    /**
     * Makes moves until each thread has made as many as it should.
     * @param counts the number of moves of each thread; not less than before
     */
    void follow(long[] counts) {
        for (int thread = 0; thread < THREADS; thread++) {
            for (; this.moves[thread] < counts[thread]; this.moves[thread]++) {
                Move move = move(thread, this.moves[thread]);
                this.balances[move.source()] -= move.amount();
                this.balances[move.target()] += move.amount();
            }
        }
    }

    long[] moves() {
        return this.moves.clone();
    }

    long balance(int account) {
        return this.balances[account];
    }

    @Override
    public String toString() {
        return "moves " + Arrays.toString(this.moves);
    }

}
