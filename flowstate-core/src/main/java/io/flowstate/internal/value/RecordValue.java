package io.flowstate.internal.value;

import java.util.Objects;
import java.util.function.UnaryOperator;

import io.flowstate.internal.kv.Operation;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.serialization.Serializer;
import io.flowstate.state.ValueState;
import org.jspecify.annotations.Nullable;

/**
 * A value that is the record of the empty key.
 *
 * @param <V> the type of the value
 */
public final class RecordValue<V> implements ValueState<V> {

    private final RecordStore store;

    private final Operation.Pool operations;

    private final Serializer<V> serializer;

    /**
     * Creates a handle.
     * @param store the record
     * @param serializer the serializer of the value
     */
    public RecordValue(RecordStore store, Serializer<V> serializer) {
        this.store = store;
        this.operations = store.engine().operations();
        this.serializer = serializer;
    }

    @Override
    public @Nullable V get() {
        Operation operation = this.operations.take();
        try {
            return this.store.read(operation) ? this.serializer.read(operation.value()) : null;
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public void set(V value) {
        Objects.requireNonNull(value, "value");
        Operation operation = this.operations.take();
        try {
            this.serializer.write(value, operation.newValue());
            this.store.put(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public @Nullable V update(UnaryOperator<@Nullable V> function) {
        Objects.requireNonNull(function, "function");
        Operation operation = this.operations.take();
        try {
            return this.store.update(operation, this.serializer, function);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

    @Override
    public void clear() {
        Operation operation = this.operations.take();
        try {
            this.store.remove(operation);
        }
        finally {
            this.operations.giveBack(operation);
        }
    }

}
