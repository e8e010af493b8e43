package io.flowstate.state;

/**
 * A walk over the entries of a state while others go on changing it. A key that is
 * present during the whole walk comes exactly once, any other at most once. Between calls
 * it holds nothing that others could wait for. Belongs to one thread.
 *
 * <pre>
 *   try (StateCursor&lt;String, Long&gt; cursor = map.cursor()) {
 *       while (cursor.advance()) {
 *           ... cursor.key(), cursor.value() ...
 *       }
 *   }
 * </pre>
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public interface StateCursor<K, V> extends AutoCloseable {

    /**
     * Moves to the next entry.
     * @return false if there is none
     */
    boolean advance();

    /**
     * The key of the present entry.
     * @return the key
     * @throws IllegalStateException before the first and after the last entry
     */
    K key();

    /**
     * The value of the present entry.
     * @return the value
     * @throws IllegalStateException before the first and after the last entry
     */
    V value();

    /** Ends the walk; may be called again. */
    @Override
    void close();

}
