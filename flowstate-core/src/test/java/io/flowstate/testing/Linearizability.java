package io.flowstate.testing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Decides whether calls that several threads made on one thing could have happened one
 * after the other, each at some moment between its beginning and its end (Wing and Gong,
 * JPDC 1993; remembering what was tried as in Lowe, Concurrency and Computation 2017).
 *
 * <p>
 * As each thread makes one call at a time, a place in the search is how far each thread
 * has come and what content that left.
 *
 * @param <S> the content, whose values do not change and are equal if they behave alike
 * @param <C> what can be called, arguments included
 */
public final class Linearizability<S extends @Nullable Object, C> {

    private final Sequential<S, C> sequential;

    private final List<List<Call<C>>> threads;

    private Linearizability(Sequential<S, C> sequential, List<List<Call<C>>> threads) {
        this.sequential = sequential;
        this.threads = threads;
    }

    /**
     * What calls do when only one thread makes them.
     *
     * @param <S> the content
     * @param <C> what can be called
     */
    @FunctionalInterface
    public interface Sequential<S extends @Nullable Object, C> {

        /**
         * Makes a call.
         * @param action what is called
         * @param content the content before
         * @return the content after, and what the call returns
         */
        Outcome<S> apply(C action, S content);

    }

    /**
     * What a call leaves and returns.
     *
     * @param <S> the content
     * @param content the content after the call
     * @param result what it returns; for what returns nothing, null
     */
    public record Outcome<S extends @Nullable Object>(S content, @Nullable Object result) {
    }

    /**
     * A call that has returned.
     *
     * @param <C> what can be called
     * @param action what was called
     * @param result what it returned; for what returns nothing, null
     * @param begin when it began, by a counter that all threads share
     * @param end when it had returned
     */
    public record Call<C>(C action, @Nullable Object result, long begin, long end) {
    }

    /**
     * Looks for an order.
     * @param <S> the content
     * @param <C> what can be called
     * @param sequential what calls do one after the other
     * @param threads the calls of each thread in their order
     * @param initial the content before all of them
     * @return null if there is an order, else where the search came to its furthest
     */
    public static <S extends @Nullable Object, C> @Nullable String problem(Sequential<S, C> sequential,
            List<List<Call<C>>> threads, S initial) {
        return new Linearizability<>(sequential, threads).search(initial);
    }

    private @Nullable String search(S initial) {
        Set<Place<S>> seen = new HashSet<>();
        Deque<Place<S>> open = new ArrayDeque<>();
        Place<S> furthest = new Place<>(new int[this.threads.size()], initial);
        open.push(furthest);
        while (!open.isEmpty()) {
            Place<S> place = open.pop();
            if (place.sum() > furthest.sum()) {
                furthest = place;
            }
            List<Place<S>> next = successors(place);
            if (next == null) {
                return null;
            }
            for (Place<S> successor : next) {
                if (seen.add(successor)) {
                    open.push(successor);
                }
            }
        }
        return describe(furthest);
    }

    /** The places after one more call; null if there is no call left. */
    private @Nullable List<Place<S>> successors(Place<S> place) {
        long firstEnd = Long.MAX_VALUE;
        for (int thread = 0; thread < this.threads.size(); thread++) {
            Call<C> call = call(place, thread);
            firstEnd = (call != null) ? Math.min(firstEnd, call.end()) : firstEnd;
        }
        if (firstEnd == Long.MAX_VALUE) {
            return null;
        }
        List<Place<S>> successors = new ArrayList<>();
        for (int thread = 0; thread < this.threads.size(); thread++) {
            Call<C> call = call(place, thread);
            if (call == null || call.begin() > firstEnd) {
                continue; // another had returned before this one began
            }
            Outcome<S> outcome = this.sequential.apply(call.action(), place.content());
            if (Objects.equals(outcome.result(), call.result())) {
                int[] moved = place.positions().clone();
                moved[thread]++;
                successors.add(new Place<>(moved, outcome.content()));
            }
        }
        return successors;
    }

    private @Nullable Call<C> call(Place<S> place, int thread) {
        List<Call<C>> calls = this.threads.get(thread);
        int position = place.positions()[thread];
        return (position < calls.size()) ? calls.get(position) : null;
    }

    private String describe(Place<S> place) {
        StringBuilder text = new StringBuilder("no order explains, with the content ");
        text.append(place.content()).append(", what follows");
        for (int thread = 0; thread < this.threads.size(); thread++) {
            List<Call<C>> calls = this.threads.get(thread);
            int position = place.positions()[thread];
            text.append("\nthread ").append(thread).append(": ");
            text.append(calls.subList(Math.max(0, position - 2), Math.min(calls.size(), position + 3)));
        }
        return text.toString();
    }

    /** How far each thread has come, and the content then. */
    private record Place<S extends @Nullable Object>(int[] positions, S content) {

        int sum() {
            return Arrays.stream(this.positions).sum();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place<?> place && Arrays.equals(this.positions, place.positions)
                    && Objects.equals(this.content, place.content);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(this.positions) + Objects.hashCode(this.content);
        }

    }

}
