package io.flowstate.state;

import java.util.function.BiConsumer;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

/**
 * An unordered map. Any number of threads may use it; each call is atomic for its key.
 * Absent is {@code null}; keys and values are never null. A key and its value together
 * must fit one log page ({@code page-size}).
 *
 * <p>
 * Every method throws {@link IllegalStateException} once the state manager is closed, and
 * an error of the {@link io.flowstate.storage.StateException} family if the storage
 * fails.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public interface MapState<K, V> {

    /**
     * The value of a key.
     * @param key the key
     * @return its value, or null if it has none
     */
    @Nullable V get(K key);

    /**
     * Sets the value of a key. Never waits for a device read.
     * @param key the key
     * @param value its new value
     * @throws IllegalArgumentException if the two together do not fit a log page
     */
    void put(K key, V value);

    /**
     * Removes a key and its value, if it is there. Never waits for a device read.
     * @param key the key
     */
    void remove(K key);

    /**
     * Whether a key has a value.
     * @param key the key
     * @return true if it has
     */
    boolean containsKey(K key);

    /**
     * Sets the value of a key to the given one if it has none, else to what the function
     * makes of the old and the given one; null removes the key.
     * @param key the key
     * @param value the value for an absent key, and the second argument of the function
     * @param function runs with nothing held and may run again if another thread was
     * faster; must not change this state
     * @return the new value, or null if there is none now
     */
    @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function);

    /**
     * Sets the value of a key to what the function makes of the key and its old value,
     * which is null for an absent key; a null result removes the key.
     * @param key the key
     * @param function runs with nothing held and may run again if another thread was
     * faster; must not change this state
     * @return the new value, or null if there is none now
     */
    @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function);

    /**
     * Calls the consumer for each entry, as {@link #cursor()} would meet them.
     * @param consumer runs with nothing held
     */
    void forEach(BiConsumer<? super K, ? super V> consumer);

    /**
     * A walk over all entries, in no order.
     * @return a cursor before the first entry
     */
    StateCursor<K, V> cursor();

}
