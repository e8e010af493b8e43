package io.flowstate.spring.boot.store;

import java.util.function.Function;

import io.flowstate.StateManager;
import org.jspecify.annotations.Nullable;

/**
 * Something got from the open store, got anew when the store was opened again. Any
 * thread; while the store stays open it costs two volatile reads.
 *
 * @param <T> the type of what is got
 */
final class Handle<T> {

    private final ReopenableStore store;

    private final Function<StateManager, T> finding;

    private volatile @Nullable Found<T> found;

    private Handle(ReopenableStore store, Function<StateManager, T> finding) {
        this.store = store;
        this.finding = finding;
    }

    /** A handle, which finds its state now unless that would have to wait. */
    static <T> Handle<T> of(ReopenableStore store, Function<StateManager, T> finding) {
        Handle<T> handle = new Handle<>(store, finding);
        if (!store.isAwaited()) {
            handle.get();
        }
        return handle;
    }

    /** What it is in the open store; waits while that is recovered. */
    T get() {
        StateManager present = this.store.present();
        Found<T> found = this.found;
        return (found != null && found.in() == present) ? found.what() : find(present);
    }

    private T find(StateManager present) {
        T what = this.finding.apply(present);
        this.found = new Found<>(present, what);
        return what;
    }

    /** A handle on something got from this one. */
    <U> Handle<U> then(Function<T, U> next) {
        return of(this.store, (present) -> next.apply(get()));
    }

    private record Found<T>(StateManager in, T what) {
    }

}
