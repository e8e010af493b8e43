package io.flowstate.internal.tree;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map whose entries stand in a tree of pages.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class TreeSortedMap<K, V> implements SortedMapState<K, V> {

    private final TreeEntries<K, V> entries;

    /**
     * Creates a handle.
     * @param state the pages
     * @param keys the serializer of the keys
     * @param values the serializer of the values
     */
    public TreeSortedMap(PagedState state, Serializer<K> keys, Serializer<V> values) {
        this.entries = new TreeEntries<>(state, keys, values);
    }

    @Override
    public @Nullable V get(K key) {
        return this.entries.get(key);
    }

    @Override
    public <R> @Nullable R read(K key, Function<? super ByteBuffer, ? extends @Nullable R> reader) {
        return this.entries.read(key, reader);
    }

    @Override
    public void getAll(Iterable<? extends K> keys, BiConsumer<? super K, ? super @Nullable V> consumer) {
        this.entries.getAll(keys, consumer);
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> added) {
        this.entries.putAll(added);
    }

    @Override
    public void put(K key, V value) {
        this.entries.put(key, value);
    }

    @Override
    public void remove(K key) {
        this.entries.remove(key);
    }

    @Override
    public boolean containsKey(K key) {
        return this.entries.containsKey(key);
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        return compute(key, (same, old) -> (old != null) ? function.apply(old, value) : value);
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        return this.entries.compute(key, function);
    }

    @Override
    public Map.@Nullable Entry<K, V> firstEntry() {
        return this.entries.edge(KeyRange.ALL, false);
    }

    @Override
    public Map.@Nullable Entry<K, V> lastEntry() {
        return this.entries.edge(KeyRange.ALL, true);
    }

    @Override
    public Map.@Nullable Entry<K, V> floorEntry(K key) {
        return this.entries.edge(upTo(key), true);
    }

    @Override
    public Map.@Nullable Entry<K, V> ceilingEntry(K key) {
        return this.entries.edge(from(key), false);
    }

    @Override
    public Map.@Nullable Entry<K, V> lowerEntry(K key) {
        return this.entries.edge(new KeyRange(null, this.entries.bytes(key)), true);
    }

    @Override
    public Map.@Nullable Entry<K, V> higherEntry(K key) {
        return this.entries.edge(new KeyRange(KeyRange.after(this.entries.bytes(key)), null), false);
    }

    private KeyRange from(K key) {
        return new KeyRange(this.entries.bytes(key), null);
    }

    private KeyRange upTo(K key) {
        return new KeyRange(null, KeyRange.after(this.entries.bytes(key)));
    }

    private KeyRange between(K from, K to) {
        return new KeyRange(this.entries.bytes(from), this.entries.bytes(to));
    }

    @Override
    public void removeRange(K from, K to) {
        this.entries.removeRange(between(from, to));
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
    public NavigableMap<K, V> asMap() {
        return new TreeMapView<>(this.entries);
    }

    @Override
    public void forEach(BiConsumer<? super K, ? super V> consumer) {
        Objects.requireNonNull(consumer, "consumer");
        try (StateCursor<K, V> cursor = cursor()) {
            while (cursor.advance()) {
                consumer.accept(cursor.key(), cursor.value());
            }
        }
    }

    @Override
    public StateCursor<K, V> cursor() {
        return this.entries.cursor(KeyRange.ALL, false);
    }

    @Override
    public StateCursor<K, V> cursorFrom(K key) {
        return this.entries.cursor(from(key), false);
    }

    @Override
    public StateCursor<K, V> cursorBackwardFrom(K key) {
        return this.entries.cursor(upTo(key), true);
    }

    @Override
    public StateCursor<K, V> range(K from, K to) {
        return this.entries.cursor(between(from, to), false);
    }

    @Override
    public StateCursor<K, V> prefix(K key) {
        return this.entries.cursor(KeyRange.prefix(this.entries.bytes(key)), false);
    }

}
