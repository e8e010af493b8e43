package io.flowstate.internal.map;

import io.flowstate.internal.kv.RecordCursor;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.state.StateCursor;

/**
 * A walk over the entries of a {@link RecordMap}.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class RecordMapCursor<K, V> implements StateCursor<K, V> {

    private final RecordCursor records;

    private final Serializer<K> keys;

    private final Serializer<V> values;

    RecordMapCursor(RecordCursor records, Serializer<K> keys, Serializer<V> values) {
        this.records = records;
        this.keys = keys;
        this.values = values;
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
    public V value() {
        byte[] bytes = this.records.value();
        return this.values.read(new SerializerInput(bytes, 0, bytes.length));
    }

    @Override
    public void close() {
        this.records.close();
    }

}
