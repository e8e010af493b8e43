package io.flowstate.state;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

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
     * Hands the bytes of a key's value, as its serializer wrote them, to a reader without
     * making an object of them.
     * @param <R> the type of the result
     * @param key the key
     * @param reader given a read-only view of a stable copy, big-endian, from position 0
     * to its limit, valid during this call only; runs with nothing held, and must not use
     * this state
     * @return what the reader returned, or null if the key has no value
     */
    <R> @Nullable R read(K key, Function<? super ByteBuffer, ? extends @Nullable R> reader);

    /**
     * Looks up many keys; their cache misses and device reads overlap. Each value is that
     * of some moment during this call.
     * @param keys the keys
     * @param consumer called once for each key, in their order, with its value or null if
     * it has none; runs with nothing held
     */
    void getAll(Iterable<? extends K> keys, BiConsumer<? super K, ? super @Nullable V> consumer);

    /**
     * Sets the values of many keys, each atomic for itself; for all or nothing, use a
     * unit of work.
     * @param entries the keys and their new values
     * @throws IllegalArgumentException if a key with its value does not fit a log page;
     * entries before it may be set
     */
    void putAll(Map<? extends K, ? extends V> entries);

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
     * Removes all entries at once; part of the unit of work, like every change. Their
     * space is given back later, in the background.
     */
    void clear();

    /**
     * The number of entries, counted: takes as long as a cursor over all of them. While
     * others write, the count is that of no certain moment.
     * @return the number
     */
    long size();

    /**
     * The number of entries, about, at once: removed keys may still be counted, or
     * counted twice, until cleaning has met them.
     * @return an estimate
     */
    long estimatedSize();

    /**
     * A live view as {@link Map}. Iteration is weakly consistent, as that of
     * {@link java.util.concurrent.ConcurrentHashMap} is; {@code put} and {@code remove}
     * of the view return the old value and read it for that.
     * @return the view
     */
    Map<K, V> asMap();

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
