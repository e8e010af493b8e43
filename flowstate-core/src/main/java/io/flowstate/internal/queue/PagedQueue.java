package io.flowstate.internal.queue;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.state.QueueState;
import org.jspecify.annotations.Nullable;

/**
 * A queue whose elements lie in a chain of state pages. Elements are turned into bytes
 * and back outside of all actions. Any thread.
 *
 * @param <E> the type of the elements
 */
public final class PagedQueue<E> implements QueueState<E> {

    private static final int BUFFER_LENGTH = 128;

    private final PagedState state;

    private final Serializer<E> serializer;

    private final QueueChain chain;

    private final QueueScan scan;

    /**
     * Creates a handle.
     * @param state the pages, of a queue or of nothing yet
     * @param serializer the serializer of the elements
     */
    public PagedQueue(PagedState state, Serializer<E> serializer) {
        this(state, serializer, () -> ThreadLocalRandom.current().nextLong());
    }

    /**
     * Creates a handle.
     * @param state the pages, of a queue or of nothing yet
     * @param serializer the serializer of the elements
     * @param firstNumbers gives a queue without pages the number of its first element
     */
    PagedQueue(PagedState state, Serializer<E> serializer, LongSupplier firstNumbers) {
        this.state = state;
        this.serializer = serializer;
        this.chain = new QueueChain(state, firstNumbers);
        this.scan = new QueueScan(this.chain);
    }

    @Override
    public void addLast(E element) {
        add(QueueEnd.LAST, element);
    }

    @Override
    public void addFirst(E element) {
        add(QueueEnd.FIRST, element);
    }

    private void add(QueueEnd end, E element) {
        Objects.requireNonNull(element, "element");
        SerializerOutput output = new SerializerOutput(BUFFER_LENGTH);
        this.serializer.write(element, output);
        int length = output.length();
        byte[] bytes = output.array();
        this.state.<@Nullable Void>change((editor) -> {
            this.chain.add(editor, end, bytes, length);
            return null;
        });
    }

    @Override
    public @Nullable E pollFirst() {
        return element(this.state.<byte @Nullable []>change((editor) -> this.chain.poll(editor, QueueEnd.FIRST)));
    }

    @Override
    public @Nullable E pollLast() {
        return element(this.state.<byte @Nullable []>change((editor) -> this.chain.poll(editor, QueueEnd.LAST)));
    }

    @Override
    public @Nullable E peekFirst() {
        return element(this.state.<byte @Nullable []>read((view) -> this.chain.peek(view, QueueEnd.FIRST)));
    }

    @Override
    public @Nullable E peekLast() {
        return element(this.state.<byte @Nullable []>read((view) -> this.chain.peek(view, QueueEnd.LAST)));
    }

    private @Nullable E element(byte @Nullable [] bytes) {
        return (bytes != null) ? this.serializer.read(new SerializerInput(bytes, 0, bytes.length)) : null;
    }

    @Override
    public long size() {
        return this.state.read(this.chain::size);
    }

    @Override
    public boolean isEmpty() {
        return size() == 0;
    }

    @Override
    public void clear() {
        this.state.clear();
    }

    @Override
    public void forEach(Consumer<? super E> consumer) {
        Objects.requireNonNull(consumer, "consumer");
        long restores = this.state.read((view) -> this.state.restores());
        QueueScan.Position position = this.state.read(this.scan::begin);
        while (!position.isAtEnd()) {
            QueueScan.Position from = position;
            position = this.state.read((view) -> {
                this.state.checkNotRestored(restores); // or the step would make no sense
                return this.scan.step(view, from);
            });
            for (byte[] bytes : position.elements()) {
                consumer.accept(this.serializer.read(new SerializerInput(bytes, 0, bytes.length)));
            }
        }
    }

}
