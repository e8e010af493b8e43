package io.flowstate.internal.map;

import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

import io.flowstate.internal.kv.Operation;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * A map whose entries are records.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class RecordMap<K, V> implements MapState<K, V> {

    private final RecordStore store;

    private final Operation.Pool operations;

    private final Serializer<K> keys;

    private final Serializer<V> values;

    /**
     * Creates a handle.
     * @param store the records
     * @param keys the serializer of the keys
     * @param values the serializer of the values
     */
    public RecordMap(RecordStore store, Serializer<K> keys, Serializer<V> values) {
        this.store = store;
        this.operations = store.engine().operations();
        this.keys = keys;
        this.values = values;
    }

    @Override
    public @Nullable V get(K key) {
        Operation operation = begin(key);
        try {
            return read(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    private Operation begin(K key) {
        Objects.requireNonNull(key, "key");
        Operation operation = this.operations.take();
        this.keys.write(key, operation.key());
        return operation;
    }

    private @Nullable V read(Operation operation) {
        return this.store.read(operation) ? this.values.read(operation.value()) : null;
    }

    @Override
    public void put(K key, V value) {
        Objects.requireNonNull(value, "value");
        Operation operation = begin(key);
        try {
            this.values.write(value, operation.newValue());
            this.store.put(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public void remove(K key) {
        Operation operation = begin(key);
        try {
            this.store.remove(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public boolean containsKey(K key) {
        Operation operation = begin(key);
        try {
            return this.store.read(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        return compute(key, (same, old) -> (old != null) ? function.apply(old, value) : value);
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function, "function");
        Operation operation = begin(key);
        try {
            return this.store.update(operation, this.values, (old) -> function.apply(key, old));
        }
        finally {
            this.operations.giveBack(operation);
        }
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
        return new RecordMapCursor<>(this.store.cursor(), this.keys, this.values);
    }

}
