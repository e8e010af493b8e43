package io.flowstate.state;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * A map in the order of its keys: that of the bytes of the key serializer, compared
 * unsigned, which for the built-in key serializers is the natural order. Any number of
 * threads may use it; each call is atomic for its key. Absent is {@code null}; keys and
 * values are never null.
 *
 * <p>
 * It is made of state pages. A key may have as many bytes as an eighth of a page
 * ({@code state-page-size}), 65,535 at most; a value may have 16 MiB, and take 1,024
 * pages. Larger ones are refused with {@link IllegalArgumentException}.
 *
 * <p>
 * Every method throws {@link IllegalStateException} once the state manager is closed, and
 * an error of the {@link io.flowstate.storage.StateException} family if the storage
 * fails.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public interface SortedMapState<K, V> {

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
     * Looks up many keys, page by page in the order of keys. Each value is that of some
     * moment during this call.
     * @param keys the keys
     * @param consumer called once for each key, in the order in which they were given,
     * with its value or null if it has none; runs with nothing held
     */
    void getAll(Iterable<? extends K> keys, BiConsumer<? super K, ? super @Nullable V> consumer);

    /**
     * Sets the values of many keys, page by page in the order of keys, each atomic for
     * itself; for all or nothing, use a unit of work.
     * @param entries the keys and their new values
     * @throws IllegalArgumentException if a key or a value is too large; others may be
     * set
     */
    void putAll(Map<? extends K, ? extends V> entries);

    /**
     * Sets the value of a key.
     * @param key the key
     * @param value its new value
     * @throws IllegalArgumentException if one of them is too large
     */
    void put(K key, V value);

    /**
     * Removes a key and its value, if it is there.
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
     * The entry with the least key.
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> firstEntry();

    /**
     * The entry with the greatest key.
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> lastEntry();

    /**
     * The entry with the greatest key that is at most the given one.
     * @param key the bound
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> floorEntry(K key);

    /**
     * The entry with the least key that is at least the given one.
     * @param key the bound
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> ceilingEntry(K key);

    /**
     * The entry with the greatest key that is less than the given one.
     * @param key the bound
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> lowerEntry(K key);

    /**
     * The entry with the least key that is greater than the given one.
     * @param key the bound
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> higherEntry(K key);

    /**
     * Removes the entries from one key to before another. Works page by page, each page
     * atomic for itself: others may see a part of the range gone, and what is put into it
     * meanwhile may stay. For all or nothing, use a unit of work.
     * @param from the first key to go
     * @param to the first key to stay; if it is not greater than the other, nothing goes
     */
    void removeRange(K from, K to);

    /**
     * Removes all entries at once; part of the unit of work, like every change. Their
     * space is given back later, in the background.
     */
    void clear();

    /**
     * The number of entries: exact, and at once.
     * @return the number
     */
    long size();

    /**
     * A live view as {@link NavigableMap}, also a
     * {@link java.util.concurrent.ConcurrentNavigableMap}. Iteration is weakly
     * consistent: it meets each entry that is there throughout exactly once, in order.
     * {@code put} and {@code remove} of the view return the old value and read it for
     * that. The size of a part of it is counted.
     * @return the view
     */
    NavigableMap<K, V> asMap();

    /**
     * Calls the consumer for each entry, as {@link #cursor()} would meet them.
     * @param consumer runs with nothing held
     */
    void forEach(BiConsumer<? super K, ? super V> consumer);

    /**
     * A walk over all entries, in order.
     * @return a cursor before the first entry
     */
    StateCursor<K, V> cursor();

    /**
     * A walk over the entries from a key on, in order.
     * @param key the least key that may be met
     * @return a cursor before the first of them
     */
    StateCursor<K, V> cursorFrom(K key);

    /**
     * A walk over the entries from a key on back to the first, in falling order.
     * @param key the greatest key that may be met
     * @return a cursor before the first of them
     */
    StateCursor<K, V> cursorBackwardFrom(K key);

    /**
     * A walk over the entries from one key to before another, in order.
     * @param from the least key that may be met
     * @param to the least key that is too great; if it is not greater than the other,
     * there is nothing to meet
     * @return a cursor before the first of them
     */
    StateCursor<K, V> range(K from, K to);

    /**
     * A walk over the entries whose keys' bytes begin with those of the given key, in
     * order. For text these are the texts that begin with it. For a key of several parts
     * whose last is the empty text, array or list, these are the keys with the same parts
     * before it.
     * @param key the beginning
     * @return a cursor before the first of them
     */
    StateCursor<K, V> prefix(K key);

}
