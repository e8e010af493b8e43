package io.flowstate.internal.tree;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;

import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * A cursor as an iterator, through which entries are removed and values set. Belongs to
 * one thread.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class TreeIterator<K, V> implements Iterator<Map.Entry<K, V>> {

    private final TreeEntries<K, V> entries;

    private final StateCursor<K, V> cursor;

    private Map.@Nullable Entry<K, V> next;

    private Map.@Nullable Entry<K, V> last;

    TreeIterator(TreeEntries<K, V> entries, StateCursor<K, V> cursor) {
        this.entries = entries;
        this.cursor = cursor;
    }

    @Override
    public boolean hasNext() {
        if (this.next == null && this.cursor.advance()) {
            this.next = new WritingEntry<>(this.entries, this.cursor.key(), this.cursor.value());
        }
        return this.next != null;
    }

    @Override
    public Map.Entry<K, V> next() {
        if (!hasNext() || this.next == null) {
            throw new NoSuchElementException();
        }
        Map.Entry<K, V> entry = this.next;
        this.last = entry;
        this.next = null;
        return entry;
    }

    @Override
    public void remove() {
        if (this.last == null) {
            throw new IllegalStateException("next() comes first");
        }
        this.entries.remove(this.last.getKey());
        this.last = null;
    }

    /** An entry whose value, when set, is put into the state. */
    private static final class WritingEntry<K, V> implements Map.Entry<K, V> {

        private final TreeEntries<K, V> entries;

        private final K key;

        private V value;

        WritingEntry(TreeEntries<K, V> entries, K key, V value) {
            this.entries = entries;
            this.key = key;
            this.value = value;
        }

        @Override
        public K getKey() {
            return this.key;
        }

        @Override
        public V getValue() {
            return this.value;
        }

        @Override
        public V setValue(V newValue) {
            this.entries.put(this.key, newValue);
            V old = this.value;
            this.value = newValue;
            return old;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Map.Entry<?, ?> entry && this.key.equals(entry.getKey())
                    && this.value.equals(entry.getValue());
        }

        @Override
        public int hashCode() {
            return this.key.hashCode() ^ this.value.hashCode();
        }

        @Override
        public String toString() {
            return this.key + "=" + this.value;
        }

    }

}
