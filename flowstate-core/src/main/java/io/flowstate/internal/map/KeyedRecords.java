package io.flowstate.internal.map;

import java.util.Objects;
import java.util.function.Consumer;

import io.flowstate.internal.kv.Operation;
import io.flowstate.internal.kv.RecordCursor;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.serialization.Serializer;

/**
 * What maps and counters have in common: records found by typed keys.
 *
 * @param <K> the type of the keys
 */
abstract class KeyedRecords<K> {

    final RecordStore store;

    final Operation.Pool operations;

    final Serializer<K> keys;

    private final Consumer<RecordStore> clearing;

    /**
     * Creates a handle.
     * @param store the records
     * @param keys the serializer of the keys
     * @param clearing takes all records from a store
     */
    KeyedRecords(RecordStore store, Serializer<K> keys, Consumer<RecordStore> clearing) {
        this.store = store;
        this.operations = store.engine().operations();
        this.keys = keys;
        this.clearing = clearing;
    }

    /** Takes an operation, to be given back, and gives it a key. */
    final Operation begin(K key) {
        Objects.requireNonNull(key, "key");
        Operation operation = this.operations.take();
        try {
            this.keys.write(key, operation.key());
        }
        catch (Throwable ex) {
            this.operations.giveBack(operation);
            throw ex;
        }
        return operation;
    }

    public final void remove(K key) {
        Operation operation = begin(key);
        try {
            this.store.remove(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    public final void clear() {
        this.clearing.accept(this.store);
    }

    public final long size() {
        RecordCursor cursor = this.store.cursor();
        try {
            return cursor.count();
        }
        finally {
            cursor.close();
        }
    }

    public final long estimatedSize() {
        return this.store.estimatedSize();
    }

}
