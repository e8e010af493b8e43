package io.flowstate.internal.map;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;

import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * A map state seen as a {@link Map}. Iteration is weakly consistent: it meets each entry
 * that is there throughout exactly once and never throws
 * {@link java.util.ConcurrentModificationException}.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class RecordMapView<K, V> extends AbstractMap<K, V> {

    private final MapState<K, V> state;

    RecordMapView(MapState<K, V> state) {
        this.state = state;
    }

    @Override
    @SuppressWarnings("unchecked") // a key of another type fails in the serializer
    public @Nullable V get(@Nullable Object key) {
        return (key != null) ? this.state.get((K) key) : null;
    }

    @Override
    @SuppressWarnings("unchecked") // likewise
    public boolean containsKey(@Nullable Object key) {
        return key != null && this.state.containsKey((K) key);
    }

    @Override
    public @Nullable V put(K key, V value) {
        Objects.requireNonNull(value, "value"); // null would remove the key
        Previous<V> previous = new Previous<>();
        this.state.compute(key, (same, old) -> {
            previous.value = old;
            return value;
        });
        return previous.value;
    }

    @Override
    @SuppressWarnings("unchecked") // likewise
    public @Nullable V remove(@Nullable Object key) {
        Previous<V> previous = new Previous<>();
        if (key != null) {
            this.state.compute((K) key, (same, old) -> {
                previous.value = old;
                return null;
            });
        }
        return previous.value;
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        this.state.putAll(entries);
    }

    @Override
    public void clear() {
        this.state.clear();
    }

    @Override
    public int size() {
        return (int) Math.min(Integer.MAX_VALUE, this.state.size());
    }

    @Override
    public boolean isEmpty() {
        try (StateCursor<K, V> cursor = this.state.cursor()) {
            return !cursor.advance();
        }
    }

    @Override
    public Set<Entry<K, V>> entrySet() {
        return new Entries();
    }

    private final class Entries extends AbstractSet<Entry<K, V>> {

        @Override
        public Iterator<Entry<K, V>> iterator() {
            return new EntryIterator<>(RecordMapView.this.state);
        }

        @Override
        public int size() {
            return RecordMapView.this.size();
        }

        @Override
        public void clear() {
            RecordMapView.this.clear();
        }

    }

    private static final class EntryIterator<K, V> implements Iterator<Entry<K, V>> {

        private final MapState<K, V> state;

        private final StateCursor<K, V> cursor;

        private @Nullable Entry<K, V> next;

        private @Nullable Entry<K, V> last;

        EntryIterator(MapState<K, V> state) {
            this.state = state;
            this.cursor = state.cursor();
        }

        @Override
        public boolean hasNext() {
            if (this.next == null && this.cursor.advance()) {
                this.next = new WritingEntry<>(this.state, this.cursor.key(), this.cursor.value());
            }
            return this.next != null;
        }

        @Override
        public Entry<K, V> next() {
            if (!hasNext() || this.next == null) {
                throw new NoSuchElementException();
            }
            Entry<K, V> entry = this.next;
            this.last = entry;
            this.next = null;
            return entry;
        }

        @Override
        public void remove() {
            if (this.last == null) {
                throw new IllegalStateException("next() comes first");
            }
            this.state.remove(this.last.getKey());
            this.last = null;
        }

    }

    /** An entry whose value, when set, is put into the state. */
    private static final class WritingEntry<K, V> implements Entry<K, V> {

        private final MapState<K, V> state;

        private final K key;

        private V value;

        WritingEntry(MapState<K, V> state, K key, V value) {
            this.state = state;
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
            this.state.put(this.key, newValue);
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

    private static final class Previous<V> {

        private @Nullable V value;

    }

}
