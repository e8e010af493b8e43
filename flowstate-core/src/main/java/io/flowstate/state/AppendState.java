package io.flowstate.state;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A log of entries whose keys ascend: new entries come behind the last, old ones go from
 * the front. The order of keys is that of the bytes of their serializer, compared
 * unsigned. Any number of threads may use it; each call is atomic unless it says
 * otherwise. Absent is {@code null}; keys and values are never null.
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
public interface AppendState<K, V> {

    /**
     * Appends an entry.
     * @param key its key, greater than that of the {@linkplain #last() last entry}; any
     * key if there is no entry
     * @param value its value
     * @throws IllegalArgumentException if the key is not greater than the last one, or if
     * key or value is too large
     */
    void append(K key, V value);

    /**
     * The entry that was appended last.
     * @return a copy of the entry, or null if there is none
     */
    Map.@Nullable Entry<K, V> last();

    /**
     * Removes the entries before a key. Works page by page, each page atomic for itself:
     * others may see a part of the range gone. For all or nothing, use a unit of work.
     * @param key the first key to stay
     */
    void pruneBefore(K key);

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

}
