package io.flowstate.internal.kv;

import io.flowstate.testing.Linearizability.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * A call on one key, whose value is a number.
 *
 * @param kind what it does
 * @param argument what it is given
 */
record PointCall(Kind kind, long argument) {

    /** What a call does to the value of its key. */
    enum Kind {

        GET, CONTAINS, PUT, REMOVE, ADD, MERGE, COMPUTE

    }

    /** What the call does if it is the only one. */
    Outcome<@Nullable Long> apply(@Nullable Long value) {
        Long after = after(value);
        return new Outcome<>(after, result(value, after));
    }

    private @Nullable Long after(@Nullable Long value) {
        return switch (this.kind) {
            case GET, CONTAINS -> value;
            case PUT -> this.argument;
            case REMOVE -> null;
            case ADD -> ((value != null) ? value : 0) + this.argument;
            case MERGE -> (value != null) ? merged(value, this.argument) : (Long) this.argument;
            case COMPUTE -> computed(value, this.argument);
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

    private @Nullable Object result(@Nullable Long before, @Nullable Long after) {
        return switch (this.kind) {
            case GET -> before;
            case CONTAINS -> before != null;
            case PUT, REMOVE -> null;
            case ADD, MERGE, COMPUTE -> after;
        };
    }

}
