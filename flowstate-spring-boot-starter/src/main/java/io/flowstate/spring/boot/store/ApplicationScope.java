package io.flowstate.spring.boot.store;

import io.flowstate.StateScope;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.AppendState;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.ValueState;

/**
 * A scope of an application, found again when its store was opened again.
 */
final class ApplicationScope implements StateScope {

    private final Handle<StateScope> handle;

    ApplicationScope(Handle<StateScope> handle) {
        this.handle = handle;
    }

    @Override
    public StateScope scope(String name) {
        return new ApplicationScope(this.handle.then((scope) -> scope.scope(name)));
    }

    @Override
    public <K, V> MapState<K, V> map(String name, Serializer<K> keys, Serializer<V> values) {
        return new ApplicationMap<>(this.handle.then((scope) -> scope.map(name, keys, values)));
    }

    @Override
    public <K> CounterState<K> counters(String name, Serializer<K> keys) {
        return new ApplicationCounters<>(this.handle.then((scope) -> scope.counters(name, keys)));
    }

    @Override
    public <V> ValueState<V> value(String name, Serializer<V> serializer) {
        return new ApplicationValue<>(this.handle.then((scope) -> scope.value(name, serializer)));
    }

    @Override
    public <K, V> SortedMapState<K, V> sortedMap(String name, Serializer<K> keys, Serializer<V> values) {
        return new ApplicationSortedMap<>(this.handle.then((scope) -> scope.sortedMap(name, keys, values)));
    }

    @Override
    public <E> QueueState<E> queue(String name, Serializer<E> serializer) {
        return new ApplicationQueue<>(this.handle.then((scope) -> scope.queue(name, serializer)));
    }

    @Override
    public <K, V> AppendState<K, V> append(String name, Serializer<K> keys, Serializer<V> values) {
        return new ApplicationAppend<>(this.handle.then((scope) -> scope.append(name, keys, values)));
    }

    @Override
    public <K, V> MapState<K, V> temporaryMap(String name, Serializer<K> keys, Serializer<V> values) {
        return new ApplicationMap<>(this.handle.then((scope) -> scope.temporaryMap(name, keys, values)));
    }

    @Override
    public <K, V> SortedMapState<K, V> temporarySortedMap(String name, Serializer<K> keys, Serializer<V> values) {
        return new ApplicationSortedMap<>(this.handle.then((scope) -> scope.temporarySortedMap(name, keys, values)));
    }

    @Override
    public <E> QueueState<E> temporaryQueue(String name, Serializer<E> serializer) {
        return new ApplicationQueue<>(this.handle.then((scope) -> scope.temporaryQueue(name, serializer)));
    }

    @Override
    public boolean drop(String name) {
        return this.handle.get().drop(name);
    }

    @Override
    public boolean exists(String name) {
        return this.handle.get().exists(name);
    }

}
