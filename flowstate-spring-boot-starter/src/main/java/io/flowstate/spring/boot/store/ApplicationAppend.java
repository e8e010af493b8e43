package io.flowstate.spring.boot.store;

import java.util.Map;

import io.flowstate.state.AppendState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * An append log of an application, found again when its store was opened again.
 */
final class ApplicationAppend<K, V> implements AppendState<K, V> {

    private final Handle<AppendState<K, V>> handle;

    ApplicationAppend(Handle<AppendState<K, V>> handle) {
        this.handle = handle;
    }

    @Override
    public void append(K key, V value) {
        this.handle.get().append(key, value);
    }

    @Override
    public Map.@Nullable Entry<K, V> last() {
        return this.handle.get().last();
    }

    @Override
    public void pruneBefore(K key) {
        this.handle.get().pruneBefore(key);
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
    public StateCursor<K, V> cursor() {
        return this.handle.get().cursor();
    }

    @Override
    public StateCursor<K, V> cursorFrom(K key) {
        return this.handle.get().cursorFrom(key);
    }

}
