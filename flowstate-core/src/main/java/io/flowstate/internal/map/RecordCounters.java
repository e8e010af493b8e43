package io.flowstate.internal.map;

import java.util.function.Consumer;

import io.flowstate.internal.kv.Operation;
import io.flowstate.internal.kv.RecordCursor;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.internal.memory.BufferAccess;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.state.CounterState;

/**
 * Counters whose entries are records with values of eight bytes, little-endian.
 *
 * @param <K> the type of the keys
 */
public final class RecordCounters<K> extends KeyedRecords<K> implements CounterState<K> {

    /**
     * Creates a handle.
     * @param store the records
     * @param keys the serializer of the keys
     * @param clearing takes all records from a store
     */
    public RecordCounters(RecordStore store, Serializer<K> keys, Consumer<RecordStore> clearing) {
        super(store, keys, clearing);
    }

    @Override
    public long add(K key, long delta) {
        Operation operation = begin(key);
        try {
            return this.store.add(operation, delta);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public long get(K key) {
        Operation operation = begin(key);
        try {
            return this.store.read(operation) ? operation.longValue() : 0;
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public void set(K key, long count) {
        Operation operation = begin(key);
        try {
            operation.newValue(count);
            this.store.put(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public Cursor<K> cursor() {
        return new CounterCursor<>(this.store.cursor(), this.keys);
    }

    private static final class CounterCursor<K> implements Cursor<K> {

        private final RecordCursor records;

        private final Serializer<K> keys;

        CounterCursor(RecordCursor records, Serializer<K> keys) {
            this.records = records;
            this.keys = keys;
        }

        @Override
        public boolean advance() {
            return this.records.advance();
        }

        @Override
        public K key() {
            byte[] bytes = this.records.key();
            return this.keys.read(new SerializerInput(bytes, 0, bytes.length));
        }

        @Override
        public Long value() {
            return count();
        }

        @Override
        public long count() {
            return BufferAccess.getLong(this.records.value(), 0);
        }

        @Override
        public void close() {
            this.records.close();
        }

    }

}
