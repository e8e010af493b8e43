package io.flowstate.torture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.state.ValueState;
import org.jspecify.annotations.Nullable;

/** The accounts of {@link Transfers} in an open store. Any thread. */
final class Bank {

    private final StateManager manager;

    private final ValueState<Long> chest;

    private final CounterState<Integer> counters;

    private final MapState<Integer, Long> first;

    private final MapState<String, Long> second;

    private final MapState<Integer, Long> moves; // how many each thread has made

    Bank(StateManager manager) {
        this.manager = manager;
        this.chest = manager.scope("bank").value("chest", Serializers.int64());
        this.counters = manager.scope("bank").counters("accounts", Serializers.int32());
        this.first = manager.scope("bank").scope("first").map("accounts", Serializers.int32(), Serializers.int64());
        this.second = manager.scope("bank").scope("second").map("accounts", Serializers.string(), Serializers.int64());
        this.moves = manager.scope("moves").map("by-thread", Serializers.int32(), Serializers.int64());
    }

    /** Puts the sum into account 0, unless that was done before. */
    void endow() {
        this.manager.update(() -> {
            if (!this.moves.containsKey(-1)) {
                this.moves.put(-1, 0L);
                this.chest.set(Transfers.SUM);
            }
        });
    }

    void make(Transfers.Move move, int thread, long index) {
        this.manager.update(() -> {
            add(move.source(), -move.amount());
            this.moves.put(thread, index + 1);
            add(move.target(), move.amount());
        });
    }

    private void add(int account, long amount) {
        if (account == 0) {
            this.chest.update((old) -> nonZero(((old != null) ? old : 0) + amount));
        }
        else if (account <= Transfers.COUNTERS) {
            this.counters.add(account, amount);
        }
        else if (account <= Transfers.COUNTERS + Transfers.ACCOUNTS_PER_MAP) {
            this.first.compute(account, (key, old) -> nonZero(((old != null) ? old : 0) + amount));
        }
        else {
            if (amount != 0) {
                this.second.merge(name(account), amount, (old, delta) -> nonZero(old + delta));
            }
        }
    }

    private static @Nullable Long nonZero(long sum) {
        return (sum != 0) ? sum : null;
    }

    private static String name(int account) {
        return "account number " + account;
    }

    long[] moves() {
        long[] moves = new long[Transfers.THREADS];
        for (int thread = 0; thread < moves.length; thread++) {
            Long count = this.moves.get(thread);
            moves[thread] = (count != null) ? count : 0;
        }
        return moves;
    }

    /**
     * Compares every account with what it should hold.
     * @param right the bank after the same moves
     * @return what differs, in words
     */
    List<String> differences(Transfers right) {
        List<String> differences = new ArrayList<>();
        long sum = 0;
        for (int account = 0; account < Transfers.ACCOUNTS; account++) {
            long balance = balance(account);
            sum += balance;
            if (balance != right.balance(account) && differences.size() < 10) {
                differences.add("account " + account + ": expected " + right.balance(account) + ", found " + balance);
            }
        }
        expect(differences, "sum by key", Transfers.SUM, sum);
        expect(differences, "sum by cursor", Transfers.SUM, sumByCursors());
        return differences;
    }

    private static void expect(List<String> differences, String what, long expected, long found) {
        if (expected != found) {
            differences.add(what + ": expected " + expected + ", found " + found);
        }
    }

    private long sumByCursors() {
        Long chest = this.chest.get();
        long sum = (chest != null) ? chest : 0;
        for (StateCursor<?, Long> next : Arrays.asList(this.counters.cursor(), this.first.cursor(),
                this.second.cursor())) {
            try (StateCursor<?, Long> cursor = next) {
                while (cursor.advance()) {
                    sum += cursor.value();
                }
            }
        }
        return sum;
    }

    private long balance(int account) {
        Long balance;
        if (account == 0) {
            balance = this.chest.get();
        }
        else if (account <= Transfers.COUNTERS) {
            return this.counters.get(account);
        }
        else if (account <= Transfers.COUNTERS + Transfers.ACCOUNTS_PER_MAP) {
            balance = this.first.get(account);
        }
        else {
            balance = this.second.get(name(account));
        }
        return (balance != null) ? balance : 0;
    }

}
