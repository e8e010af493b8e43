package io.flowstate.internal.kv;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Decides whether calls that several threads made on one key could have happened one
 * after the other, each at some moment between its beginning and its end (Wing and Gong,
 * JPDC 1993; remembering what was tried as in Lowe, Concurrency and Computation 2017).
 *
 * <p>
 * As each thread makes one call at a time, a state of the search is how far each thread
 * has come and what value that left.
 */
final class Linearizability {

    private Linearizability() {
    }

    /** What a call does to the value of its key. */
    enum Kind {

        GET, CONTAINS, PUT, REMOVE, ADD, MERGE, COMPUTE

    }

    /**
     * A call that has returned.
     *
     * @param kind what it does
     * @param argument what it was given
     * @param result what it returned; for what returns nothing, null
     * @param begin when it began, by a counter that all threads share
     * @param end when it had returned
     */
    record Call(Kind kind, long argument, @Nullable Object result, long begin, long end) {
    }

    /** The value that a call leaves. */
    static @Nullable Long after(Kind kind, long argument, @Nullable Long value) {
        return switch (kind) {
            case GET, CONTAINS -> value;
            case PUT -> argument;
            case REMOVE -> null;
            case ADD -> ((value != null) ? value : 0) + argument;
            case MERGE -> (value != null) ? merged(value, argument) : (Long) argument;
            case COMPUTE -> computed(value, argument);
        };
    }

    /** The function that merge is given. */
    static Long merged(Long old, Long added) {
        return old * 31 + added;
    }

    /** The function that compute is given: it removes now and then. */
    static @Nullable Long computed(@Nullable Long old, long argument) {
        return (old != null && Math.floorMod(old, 3) == 0) ? null : (Long) (((old != null) ? old : 7) + argument);
    }

    private static @Nullable Object result(Kind kind, @Nullable Long before, @Nullable Long after) {
        return switch (kind) {
            case GET -> before;
            case CONTAINS -> before != null;
            case PUT, REMOVE -> null;
            case ADD, MERGE, COMPUTE -> after;
        };
    }

    /**
     * Looks for an order.
     * @param threads the calls of each thread in their order
     * @param initial the value before all of them
     * @return null if there is an order, else where the search came to its furthest
     */
    static @Nullable String problem(List<List<Call>> threads, @Nullable Long initial) {
        Set<State> seen = new HashSet<>();
        Deque<State> open = new ArrayDeque<>();
        State furthest = new State(new int[threads.size()], initial);
        open.push(furthest);
        while (!open.isEmpty()) {
            State state = open.pop();
            if (state.sum() > furthest.sum()) {
                furthest = state;
            }
            List<State> next = state.successors(threads);
            if (next == null) {
                return null;
            }
            for (State successor : next) {
                if (seen.add(successor)) {
                    open.push(successor);
                }
            }
        }
        return furthest.describe(threads);
    }

    /** How far each thread has come, and the value then. */
    private record State(int[] positions, @Nullable Long value) {

        /** The states after one more call; null if there is no call left. */
        @Nullable List<State> successors(List<List<Call>> threads) {
            long firstEnd = Long.MAX_VALUE;
            for (int thread = 0; thread < this.positions.length; thread++) {
                Call call = call(threads, thread);
                firstEnd = (call != null) ? Math.min(firstEnd, call.end()) : firstEnd;
            }
            if (firstEnd == Long.MAX_VALUE) {
                return null;
            }
            List<State> successors = new ArrayList<>();
            for (int thread = 0; thread < this.positions.length; thread++) {
                Call call = call(threads, thread);
                if (call == null || call.begin() > firstEnd) {
                    continue; // another had returned before this one began
                }
                Long after = after(call.kind(), call.argument(), this.value);
                Object result = result(call.kind(), this.value, after);
                if ((result != null) ? result.equals(call.result()) : call.result() == null) {
                    int[] moved = this.positions.clone();
                    moved[thread]++;
                    successors.add(new State(moved, after));
                }
            }
            return successors;
        }

        private @Nullable Call call(List<List<Call>> threads, int thread) {
            List<Call> calls = threads.get(thread);
            int position = this.positions[thread];
            return (position < calls.size()) ? calls.get(position) : null;
        }

        int sum() {
            return Arrays.stream(this.positions).sum();
        }

        String describe(List<List<Call>> threads) {
            StringBuilder text = new StringBuilder(
                    "no order explains, with the value " + this.value + ", what follows");
            for (int thread = 0; thread < this.positions.length; thread++) {
                List<Call> calls = threads.get(thread);
                int position = this.positions[thread];
                text.append("\nthread ").append(thread).append(": ");
                text.append(calls.subList(Math.max(0, position - 2), Math.min(calls.size(), position + 3)));
            }
            return text.toString();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof State state && Arrays.equals(this.positions, state.positions)
                    && ((this.value != null) ? this.value.equals(state.value) : state.value == null);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(this.positions) + Long.hashCode((this.value != null) ? this.value : 1);
        }

    }

}
