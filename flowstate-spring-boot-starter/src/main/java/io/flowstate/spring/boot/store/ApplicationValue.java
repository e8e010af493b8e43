package io.flowstate.spring.boot.store;

import java.util.function.UnaryOperator;

import io.flowstate.state.ValueState;
import org.jspecify.annotations.Nullable;

/**
 * A value of an application, found again when its store was opened again.
 */
final class ApplicationValue<V> implements ValueState<V> {

    private final Handle<ValueState<V>> handle;

    ApplicationValue(Handle<ValueState<V>> handle) {
        this.handle = handle;
    }

    @Override
    public @Nullable V get() {
        return this.handle.get().get();
    }

    @Override
    public void set(V value) {
        this.handle.get().set(value);
    }

    @Override
    public @Nullable V update(UnaryOperator<@Nullable V> function) {
        return this.handle.get().update(function);
    }

    @Override
    public void clear() {
        this.handle.get().clear();
    }

}
