package io.flowstate.internal.map;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

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
public final class RecordMap<K, V> extends KeyedRecords<K> implements MapState<K, V> {

    private final Serializer<V> values;

    /**
     * Creates a handle.
     * @param store the records
     * @param keys the serializer of the keys
     * @param values the serializer of the values
     * @param clearing takes all records from a store
     */
    public RecordMap(RecordStore store, Serializer<K> keys, Serializer<V> values, Consumer<RecordStore> clearing) {
        super(store, keys, clearing);
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

    private @Nullable V read(Operation operation) {
        return this.store.read(operation) ? this.values.read(operation.value()) : null;
    }

    @Override
    public <R> @Nullable R read(K key, Function<? super ByteBuffer, ? extends @Nullable R> reader) {
        Objects.requireNonNull(reader, "reader");
        Operation operation = begin(key);
        try {
            return this.store.read(operation) ? reader.apply(operation.valueView()) : null;
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public void getAll(Iterable<? extends K> wanted, BiConsumer<? super K, ? super @Nullable V> consumer) {
        Objects.requireNonNull(consumer, "consumer");
        List<K> batch = new ArrayList<>(Operation.Batch.MAX_SIZE);
        for (K key : wanted) {
            batch.add(Objects.requireNonNull(key, "key"));
            if (batch.size() == Operation.Batch.MAX_SIZE) {
                getBatch(batch, consumer);
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            getBatch(batch, consumer);
        }
    }

    private void getBatch(List<K> wanted, BiConsumer<? super K, ? super @Nullable V> consumer) {
        Operation taken = this.operations.take();
        try {
            Operation.Batch batch = taken.batch();
            for (K key : wanted) {
                this.keys.write(key, batch.add().key());
            }
            this.store.readAll(batch);
            for (int i = 0; i < batch.size(); i++) {
                Operation operation = batch.get(i);
                consumer.accept(wanted.get(i), operation.isPresent() ? this.values.read(operation.value()) : null);
            }
        }
        finally {
            this.operations.giveBack(taken);
        }
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        Operation taken = this.operations.take();
        try {
            Operation.Batch batch = taken.batch();
            for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
                K key = Objects.requireNonNull(entry.getKey(), "key");
                V value = Objects.requireNonNull(entry.getValue(), "value");
                Operation operation = batch.add();
                this.keys.write(key, operation.key());
                this.values.write(value, operation.newValue());
                if (batch.isFull()) {
                    this.store.putAll(batch);
                    taken.clearBatch();
                }
            }
            this.store.putAll(batch);
        }
        finally {
            this.operations.giveBack(taken);
        }
    }

    @Override
    public Map<K, V> asMap() {
        return new RecordMapView<>(this);
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
