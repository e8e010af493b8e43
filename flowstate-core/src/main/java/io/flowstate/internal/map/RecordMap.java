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

    /** So many keys of a batch are worked on at once. */
    private static final int BATCH = 64;

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
        List<K> batch = new ArrayList<>(BATCH);
        for (K key : wanted) {
            batch.add(Objects.requireNonNull(key, "key"));
            if (batch.size() == BATCH) {
                getBatch(batch, consumer);
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            getBatch(batch, consumer);
        }
    }

    private void getBatch(List<K> batch, BiConsumer<? super K, ? super @Nullable V> consumer) {
        List<Operation> taken = new ArrayList<>(batch.size());
        try {
            for (K key : batch) {
                taken.add(begin(key));
            }
            this.store.readAll(taken);
            for (int i = 0; i < taken.size(); i++) {
                Operation operation = taken.get(i);
                consumer.accept(batch.get(i), operation.isPresent() ? this.values.read(operation.value()) : null);
            }
        }
        finally {
            giveBack(taken);
        }
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        List<Operation> taken = new ArrayList<>(BATCH);
        try {
            for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
                V value = Objects.requireNonNull(entry.getValue(), "value");
                Operation operation = begin(entry.getKey());
                taken.add(operation);
                this.values.write(value, operation.newValue());
                if (taken.size() == BATCH) {
                    this.store.putAll(taken);
                    giveBack(taken);
                }
            }
            this.store.putAll(taken);
        }
        finally {
            giveBack(taken);
        }
    }

    /** Each once, whatever giving one back throws. */
    private void giveBack(List<Operation> taken) {
        while (!taken.isEmpty()) {
            this.operations.giveBack(taken.remove(taken.size() - 1));
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
