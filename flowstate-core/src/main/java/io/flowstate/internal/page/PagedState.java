package io.flowstate.internal.page;

import java.util.function.Function;

import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * A state that is made of pages. Any number of threads; each action is atomic.
 */
public interface PagedState {

    /**
     * The length of a full page in bytes. It stays what it was when the state was made.
     */
    int pageSize();

    /**
     * Runs an action that only looks. Readers do not keep each other out.
     * @param <R> the type of its result
     * @param action looks at the pages; may run several times
     * @return what it returned
     * @throws IllegalStateException if the state is dropped or the store is closed
     */
    <R extends @Nullable Object> R read(Function<? super PageView, R> action);

    /**
     * Runs an action that changes pages, all of it in a checkpoint or none of it.
     * @param <R> the type of its result
     * @param action changes the pages; may run several times, see {@link PageEditor}
     * @return what it returned
     * @throws IllegalStateException if the state is dropped or the store is closed
     */
    <R extends @Nullable Object> R change(Function<? super PageEditor, R> action);

    /**
     * How often a checkpoint was restored, or has begun to be. If it is the same in two
     * actions, both have seen one content; a cursor ends when it has changed.
     */
    long restores();

    /**
     * Ends a walk if a checkpoint was restored since it began.
     * @param restoresBefore what {@link #restores} was then
     * @throws IllegalStateException if one was
     */
    default void checkNotRestored(long restoresBefore) {
        if (restores() != restoresBefore) {
            throw new IllegalStateException("a checkpoint was restored while the cursor was open; open another one");
        }
    }

    /**
     * Takes all entries and pages from the state, whose numbers are 0 again; its pages
     * are freed in the background.
     */
    void clear();

    /**
     * Says that a page, although its checksum is right, is not what such a state is made
     * of. To be thrown by actions.
     * @param page its number
     * @param found what is wrong
     * @return the error
     */
    CorruptStateException corrupt(int page, String found);

}
