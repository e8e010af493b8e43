package io.flowstate.torture;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * One call on one state. Counters know PUT as set, a value knows PUT as set, MERGE and
 * COMPUTE as update and REMOVE and CLEAR as clear. ADD and COUNT are for counters only.
 * CLEAR takes all keys from a state; DROP deletes it, and it is made anew when it is used
 * again. REMOVE_RANGE is for sorted maps, and its value the key that ends the range. The
 * next four are for queues, which have no keys, and the last two for append logs.
 *
 * @param kind which call
 * @param state the name of the state
 * @param key the key; an empty text for a value
 * @param value the argument; for a read anything
 */
record Change(Kind kind, String state, Object key, Object value) {

    /** The calls. */
    enum Kind {

        GET, CONTAINS, PUT, REMOVE, MERGE, COMPUTE, ADD, COUNT, CLEAR, DROP, REMOVE_RANGE, ADD_FIRST, ADD_LAST,
        POLL_FIRST, POLL_LAST, APPEND, PRUNE

    }

    /**
     * The function that is given to merge. Now and then it removes.
     * @param old the old value
     * @param argument the argument of the call
     * @return the new value, or null to remove
     */
    static @Nullable Object merged(Object old, Object argument) {
        if (old instanceof Long count) {
            long sum = count + (Long) argument;
            return (sum % 11 != 0) ? sum : null;
        }
        if (old instanceof Double number) {
            double mean = number / 2 + (Double) argument;
            return (mean > 0.1) ? mean : null;
        }
        if (old instanceof Boolean flag) {
            return (flag && (Boolean) argument) ? null : flag || (Boolean) argument;
        }
        if (old instanceof String text) {
            String both = argument + text;
            int letters = both.codePointCount(0, both.length());
            return (letters % 7 != 0) ? both.substring(0, both.offsetByCodePoints(0, Math.min(letters, 60))) : null;
        }
        return xor((byte[]) old, (byte[]) argument);
    }

    private static byte @Nullable [] xor(byte[] old, byte[] argument) {
        if ((old.length + argument.length) % 7 == 0) {
            return null;
        }
        byte[] result = Arrays.copyOf(argument, Math.max(old.length, argument.length));
        for (int at = 0; at < old.length; at++) {
            result[at] ^= old[at];
        }
        return result;
    }

    /**
     * The function that is given to compute.
     * @param old the old value, null if there is none
     * @param argument what the call was made with
     * @return the new value, or null to remove
     */
    static @Nullable Object computed(@Nullable Object old, Object argument) {
        boolean odd = (((argument instanceof byte[] array) ? array.length : argument.hashCode()) & 1) != 0;
        if (old == null) {
            return odd ? argument : null;
        }
        return odd ? merged(old, argument) : argument;
    }

}
