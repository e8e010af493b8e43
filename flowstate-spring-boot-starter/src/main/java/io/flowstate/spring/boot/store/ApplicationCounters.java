package io.flowstate.spring.boot.store;

import io.flowstate.state.CounterState;

/**
 * Counters of an application, found again when its store was opened again.
 */
final class ApplicationCounters<K> implements CounterState<K> {

    private final Handle<CounterState<K>> handle;

    ApplicationCounters(Handle<CounterState<K>> handle) {
        this.handle = handle;
    }

    @Override
    public long add(K key, long delta) {
        return this.handle.get().add(key, delta);
    }

    @Override
    public long get(K key) {
        return this.handle.get().get(key);
    }

    @Override
    public void set(K key, long count) {
        this.handle.get().set(key, count);
    }

    @Override
    public void remove(K key) {
        this.handle.get().remove(key);
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
    public Cursor<K> cursor() {
        return this.handle.get().cursor();
    }

}
