package io.flowstate.spring.boot.store;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * A map of an application, found again when its store was opened again.
 */
final class ApplicationMap<K, V> implements MapState<K, V> {

    private final Handle<MapState<K, V>> handle;

    ApplicationMap(Handle<MapState<K, V>> handle) {
        this.handle = handle;
    }

    @Override
    public @Nullable V get(K key) {
        return this.handle.get().get(key);
    }

    @Override
    public <R> @Nullable R read(K key, Function<? super ByteBuffer, ? extends @Nullable R> reader) {
        return this.handle.get().read(key, reader);
    }

    @Override
    public void getAll(Iterable<? extends K> keys, BiConsumer<? super K, ? super @Nullable V> consumer) {
        this.handle.get().getAll(keys, consumer);
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        this.handle.get().putAll(entries);
    }

    @Override
    public void put(K key, V value) {
        this.handle.get().put(key, value);
    }

    @Override
    public void remove(K key) {
        this.handle.get().remove(key);
    }

    @Override
    public boolean containsKey(K key) {
        return this.handle.get().containsKey(key);
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        return this.handle.get().merge(key, value, function);
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        return this.handle.get().compute(key, function);
    }

    @Override
    public void clear() {
        this.handle.get().clear();
    }

    @Override
    public long size() {
        return this.handle.get().size();
    }

    @Override
    public long estimatedSize() {
        return this.handle.get().estimatedSize();
    }

    @Override
    public Map<K, V> asMap() {
        return this.handle.get().asMap();
    }

    @Override
    public void forEach(BiConsumer<? super K, ? super V> consumer) {
        this.handle.get().forEach(consumer);
    }

    @Override
    public StateCursor<K, V> cursor() {
        return this.handle.get().cursor();
    }

}
