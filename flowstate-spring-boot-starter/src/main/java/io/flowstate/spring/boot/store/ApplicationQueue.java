package io.flowstate.spring.boot.store;

import java.util.function.Consumer;

import io.flowstate.state.QueueState;
import org.jspecify.annotations.Nullable;

/**
 * A queue of an application, found again when its store was opened again.
 */
final class ApplicationQueue<E> implements QueueState<E> {

    private final Handle<QueueState<E>> handle;

    ApplicationQueue(Handle<QueueState<E>> handle) {
        this.handle = handle;
    }

    @Override
    public void addLast(E element) {
        this.handle.get().addLast(element);
    }

    @Override
    public void addFirst(E element) {
        this.handle.get().addFirst(element);
    }

    @Override
    public @Nullable E pollFirst() {
        return this.handle.get().pollFirst();
    }

    @Override
    public @Nullable E pollLast() {
        return this.handle.get().pollLast();
    }

    @Override
    public @Nullable E peekFirst() {
        return this.handle.get().peekFirst();
    }

    @Override
    public @Nullable E peekLast() {
        return this.handle.get().peekLast();
    }

    @Override
    public long size() {
        return this.handle.get().size();
    }

    @Override
    public boolean isEmpty() {
        return this.handle.get().isEmpty();
    }

    @Override
    public void clear() {
        this.handle.get().clear();
    }

    @Override
    public void forEach(Consumer<? super E> consumer) {
        this.handle.get().forEach(consumer);
    }

}
