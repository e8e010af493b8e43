package io.flowstate.state;

/**
 * Counters by key: a map from keys to primitive longs, added to in place. An absent
 * counter is 0 and comes into being with its first addition. Any number of threads may
 * use it; each call is atomic. Overflow wraps around, as with {@code long}.
 *
 * @param <K> the type of the keys
 */
public interface CounterState<K> {

    /**
     * Adds to a counter.
     * @param key the key
     * @param delta what to add, negative to subtract
     * @return the new count
     */
    long add(K key, long delta);

    /**
     * The count of a key.
     * @param key the key
     * @return its count, 0 if it is absent
     */
    long get(K key);

    /**
     * Sets the count of a key.
     * @param key the key
     * @param count its new count
     */
    void set(K key, long count);

    /**
     * Removes a counter, if it is there.
     * @param key the key
     */
    void remove(K key);

    /**
     * Removes all counters at once; part of the unit of work, like every change. Their
     * space is given back later, in the background.
     */
    void clear();

    /**
     * The number of counters, counted: takes as long as a cursor over all of them. While
     * others write, the count is that of no certain moment.
     * @return the number
     */
    long size();

    /**
     * A walk over all counters, in no order. {@code value()} boxes the count;
     * {@link Cursor#count()} does not.
     * @return a cursor before the first counter
     */
    Cursor<K> cursor();

    /**
     * A walk over counters.
     *
     * @param <K> the type of the keys
     */
    interface Cursor<K> extends StateCursor<K, Long> {

        /**
         * The count of the present entry.
         * @return the count
         * @throws IllegalStateException before the first and after the last entry
         */
        long count();

    }

}
