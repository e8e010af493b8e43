package io.flowstate.state;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A queue with two ends: a stack, a first-in-first-out queue, or both. Any number of
 * threads may use it; each call is atomic. Elements are never null: a null element is
 * refused with {@link NullPointerException}, and {@code null} says that the queue is
 * empty.
 *
 * <p>
 * It is made of state pages. An element may have 64 MiB, as its serializer writes it, and
 * take 4,096 pages ({@code state-page-size}); a larger one is refused with
 * {@link IllegalArgumentException}. One that does not fit a quarter of a page is kept on
 * pages of its own, all of which are in memory when it is read or taken out.
 *
 * <p>
 * Every method throws {@link IllegalStateException} once the state is dropped or the
 * state manager closed, and an error of the {@link io.flowstate.storage.StateException}
 * family if the storage fails.
 *
 * <pre>
 *   retries.addLast(order);
 *   ...
 *   Order next = retries.pollFirst();
 *   if (next != null) {
 *       ...
 *   }
 * </pre>
 *
 * @param <E> the type of the elements
 */
public interface QueueState<E> {

    /** The most bytes of one element, on pages that are large enough: 64 MiB. */
    int MAX_ELEMENT_LENGTH = 64 << 20;

    /**
     * Puts an element behind the last one.
     * @param element the element
     * @throws IllegalArgumentException if it is too large
     */
    void addLast(E element);

    /**
     * Puts an element before the first one.
     * @param element the element
     * @throws IllegalArgumentException if it is too large
     */
    void addFirst(E element);

    /**
     * Takes the first element out. It is out even if its serializer then cannot read it.
     * @return the element, or null if the queue is empty
     */
    @Nullable E pollFirst();

    /**
     * Takes the last element out. It is out even if its serializer then cannot read it.
     * @return the element, or null if the queue is empty
     */
    @Nullable E pollLast();

    /**
     * The first element, which stays where it is.
     * @return the element, or null if the queue is empty
     */
    @Nullable E peekFirst();

    /**
     * The last element, which stays where it is.
     * @return the element, or null if the queue is empty
     */
    @Nullable E peekLast();

    /**
     * The number of elements. It is kept, not counted.
     * @return the number
     */
    long size();

    /**
     * Whether there is no element.
     * @return true if there is none
     */
    boolean isEmpty();

    /**
     * Removes all elements at once; part of the unit of work, like every change. Their
     * space is given back later, in the background.
     */
    void clear();

    /**
     * Calls the consumer for the elements, from the first to the last, while others go on
     * adding and taking. An element that is there throughout comes exactly once, any
     * other at most once each time it is added; what is added after the beginning may be
     * left out, so that this always ends.
     * @param consumer runs with nothing held; may use this queue
     */
    void forEach(Consumer<? super E> consumer);

}
