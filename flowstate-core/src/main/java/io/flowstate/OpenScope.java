package io.flowstate;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.map.RecordCounters;
import io.flowstate.internal.map.RecordMap;
import io.flowstate.internal.queue.PagedQueue;
import io.flowstate.internal.tree.TreeAppend;
import io.flowstate.internal.tree.TreeSortedMap;
import io.flowstate.internal.value.RecordValue;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.AppendState;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.ValueState;

/**
 * A scope of an open store.
 */
final class OpenScope implements StateScope {

    private final Catalogue catalogue;

    private final List<String> names;

    private OpenScope(Catalogue catalogue, List<String> names) {
        this.catalogue = catalogue;
        this.names = names;
    }

    static OpenScope of(Catalogue catalogue, String name) {
        return new OpenScope(catalogue, List.of(checkName("scope", name)));
    }

    private static String checkName(String what, String name) {
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException("the name of a " + what + " must have 1 to " + MAX_NAME_LENGTH
                    + " characters, but had " + name.length());
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.isSurrogate(name.charAt(i))) {
                if (i + 1 == name.length() || !Character.isSurrogatePair(name.charAt(i), name.charAt(i + 1))) {
                    throw new IllegalArgumentException(
                            "the name of a " + what + " must be text, but has an unpaired surrogate at index " + i);
                }
                i++;
            }
        }
        return name;
    }

    private static <T> String nameOf(Serializer<T> serializer) {
        return checkName("serializer", serializer.name());
    }

    @Override
    public StateScope scope(String name) {
        if (this.names.size() == MAX_DEPTH) {
            throw new IllegalArgumentException("scopes nest at most " + MAX_DEPTH + " deep");
        }
        List<String> inner = new ArrayList<>(this.names);
        inner.add(checkName("scope", name));
        return new OpenScope(this.catalogue, List.copyOf(inner));
    }

    @Override
    public <K, V> MapState<K, V> map(String name, Serializer<K> keys, Serializer<V> values) {
        return map(name, keys, values, false);
    }

    @Override
    public <K, V> MapState<K, V> temporaryMap(String name, Serializer<K> keys, Serializer<V> values) {
        return map(name, keys, values, true);
    }

    private <K, V> MapState<K, V> map(String name, Serializer<K> keys, Serializer<V> values, boolean temporary) {
        return new RecordMap<>(
                this.catalogue.records(identity(name, StateKind.MAP, nameOf(keys), nameOf(values), temporary)), keys,
                values, this.catalogue::clear);
    }

    @Override
    public <K> CounterState<K> counters(String name, Serializer<K> keys) {
        return new RecordCounters<>(this.catalogue.records(identity(name, StateKind.COUNTERS, nameOf(keys), "", false)),
                keys, this.catalogue::clear);
    }

    @Override
    public <V> ValueState<V> value(String name, Serializer<V> serializer) {
        return new RecordValue<>(this.catalogue.records(identity(name, StateKind.VALUE, "", nameOf(serializer), false)),
                serializer);
    }

    @Override
    public <K, V> SortedMapState<K, V> sortedMap(String name, Serializer<K> keys, Serializer<V> values) {
        return sortedMap(name, keys, values, false);
    }

    @Override
    public <K, V> SortedMapState<K, V> temporarySortedMap(String name, Serializer<K> keys, Serializer<V> values) {
        return sortedMap(name, keys, values, true);
    }

    private <K, V> SortedMapState<K, V> sortedMap(String name, Serializer<K> keys, Serializer<V> values,
            boolean temporary) {
        return new TreeSortedMap<>(
                this.catalogue.pages(identity(name, StateKind.SORTED_MAP, nameOf(keys), nameOf(values), temporary)),
                keys, values);
    }

    @Override
    public <E> QueueState<E> queue(String name, Serializer<E> serializer) {
        return queue(name, serializer, false);
    }

    @Override
    public <E> QueueState<E> temporaryQueue(String name, Serializer<E> serializer) {
        return queue(name, serializer, true);
    }

    private <E> QueueState<E> queue(String name, Serializer<E> serializer, boolean temporary) {
        return new PagedQueue<>(
                this.catalogue.pages(identity(name, StateKind.QUEUE, "", nameOf(serializer), temporary)), serializer);
    }

    @Override
    public <K, V> AppendState<K, V> append(String name, Serializer<K> keys, Serializer<V> values) {
        return new TreeAppend<>(
                this.catalogue.pages(identity(name, StateKind.APPEND, nameOf(keys), nameOf(values), false)), keys,
                values);
    }

    private Catalogue.Identity identity(String name, StateKind kind, String keys, String values, boolean temporary) {
        return new Catalogue.Identity(new Catalogue.Path(this.names, checkName("state", name)), kind, keys, values,
                temporary);
    }

    @Override
    public boolean drop(String name) {
        return this.catalogue.drop(this.names, checkName("state", name));
    }

    @Override
    public boolean exists(String name) {
        return this.catalogue.exists(this.names, checkName("state", name));
    }

    @Override
    public String toString() {
        return "StateScope" + this.names;
    }

}
