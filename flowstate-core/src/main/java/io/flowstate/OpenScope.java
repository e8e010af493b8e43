package io.flowstate;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.map.RecordCounters;
import io.flowstate.internal.map.RecordMap;
import io.flowstate.internal.value.RecordValue;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
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
        return new RecordMap<>(
                this.catalogue.open(this.names, checkName("state", name), StateKind.MAP, nameOf(keys), nameOf(values)),
                keys, values, this.catalogue::clear);
    }

    @Override
    public <K> CounterState<K> counters(String name, Serializer<K> keys) {
        return new RecordCounters<>(
                this.catalogue.open(this.names, checkName("state", name), StateKind.COUNTERS, nameOf(keys), ""), keys,
                this.catalogue::clear);
    }

    @Override
    public <V> ValueState<V> value(String name, Serializer<V> serializer) {
        return new RecordValue<>(
                this.catalogue.open(this.names, checkName("state", name), StateKind.VALUE, "", nameOf(serializer)),
                serializer);
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
