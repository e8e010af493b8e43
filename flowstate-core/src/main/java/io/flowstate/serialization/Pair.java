package io.flowstate.serialization;

import java.util.Objects;

/**
 * Two values as one, neither of them null: for a key or a value that needs no name of its
 * own.
 *
 * @param <A> the type of the first
 * @param <B> the type of the second
 * @param first the first
 * @param second the second
 * @see Serializers#pair
 */
public record Pair<A, B>(A first, B second) {

    /** Refuses null. */
    public Pair {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
    }

    /**
     * Makes a pair.
     * @param <A> the type of the first
     * @param <B> the type of the second
     * @param first the first
     * @param second the second
     * @return the pair
     */
    public static <A, B> Pair<A, B> of(A first, B second) {
        return new Pair<>(first, second);
    }

}
