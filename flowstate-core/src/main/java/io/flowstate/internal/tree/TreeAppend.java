package io.flowstate.internal.tree;

import java.util.Map;

import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.AppendState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * An append log whose entries stand in a tree of pages: appending fills its right edge,
 * pruning frees its left one.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class TreeAppend<K, V> implements AppendState<K, V> {

    private final TreeEntries<K, V> entries;

    /**
     * Creates a handle.
     * @param state the pages
     * @param keys the serializer of the keys
     * @param values the serializer of the values
     */
    public TreeAppend(PagedState state, Serializer<K> keys, Serializer<V> values) {
        this.entries = new TreeEntries<>(state, keys, values);
    }

    @Override
    public void append(K key, V value) {
        if (!this.entries.append(key, value)) {
            throw new IllegalArgumentException("the keys of an append log must ascend strictly in the order of their"
                    + " serialized bytes, but this one is not greater than the last");
        }
    }

    @Override
    public Map.@Nullable Entry<K, V> last() {
        return this.entries.edge(KeyRange.ALL, true);
    }

    @Override
    public void pruneBefore(K key) {
        this.entries.removeRange(new KeyRange(null, this.entries.bytes(key)));
    }

    @Override
    public void clear() {
        this.entries.clear();
    }

    @Override
    public long size() {
        return this.entries.size();
    }

    @Override
    public StateCursor<K, V> cursor() {
        return this.entries.cursor(KeyRange.ALL, false);
    }

    @Override
    public StateCursor<K, V> cursorFrom(K key) {
        return this.entries.cursor(new KeyRange(this.entries.bytes(key), null), false);
    }

}
