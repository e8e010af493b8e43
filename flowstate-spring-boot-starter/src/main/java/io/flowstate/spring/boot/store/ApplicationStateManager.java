package io.flowstate.spring.boot.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import io.flowstate.StateScope;
import io.flowstate.StateSummary;
import io.flowstate.storage.StateException;

/**
 * The state manager of an application, which outlives the open store behind it: a context
 * that stops closes the store, one that starts again opens it again, and this and the
 * handles got from it go on. Thread-safe.
 *
 * <p>
 * Calls throw, or wait, as {@link ReopenableStore} says; getting a handle does not wait:
 * a handle got during recovery finds its state at its first use. Cursors and map views
 * ({@code asMap()}) are of one opening and end with it.
 */
public final class ApplicationStateManager implements StateManager {

    private final ReopenableStore store;

    private final StoreEvents events;

    private final StoreObserver observer;

    /**
     * Creates the state manager of a store.
     * @param store the store
     * @param events hear of checkpoints
     * @param observer sees checkpoints
     */
    public ApplicationStateManager(ReopenableStore store, StoreEvents events, StoreObserver observer) {
        this.store = store;
        this.events = events;
        this.observer = new LoggedObserver(observer);
    }

    /** The life of the store behind it. */
    public ReopenableStore store() {
        return this.store;
    }

    /** The application events of the store. */
    public StoreEvents events() {
        return this.events;
    }

    @Override
    public StateScope scope(String name) {
        return new ApplicationScope(Handle.of(this.store, (state) -> state.scope(name)));
    }

    @Override
    public void update(Runnable unit) {
        this.store.present().update(unit);
    }

    @Override
    public Checkpoint checkpoint() {
        StateManager present = this.store.present();
        return observed(present::checkpoint);
    }

    @Override
    public Checkpoint checkpoint(byte[] metadata) {
        StateManager present = this.store.present();
        return observed(() -> present.checkpoint(metadata));
    }

    private Checkpoint observed(Supplier<Checkpoint> action) {
        StoreObserver.Observed observed = this.observer.begin(StoreObserver.Operation.CHECKPOINT, this.events.store());
        Checkpoint checkpoint;
        try {
            checkpoint = action.get();
        }
        catch (RuntimeException | Error ex) {
            ended(observed, ex);
            throw ex;
        }
        observed.end(null);
        this.events.completed(checkpoint);
        return checkpoint;
    }

    private void ended(StoreObserver.Observed observed, Throwable failure) {
        observed.end(failure);
        if (failure instanceof StateException) { // else the call was wrong, not the store
            this.events.failed(failure);
        }
    }

    @Override
    public CompletableFuture<Checkpoint> checkpointAsync() {
        StateManager present = this.store.present();
        return observedAsync(present::checkpointAsync);
    }

    @Override
    public CompletableFuture<Checkpoint> checkpointAsync(byte[] metadata) {
        StateManager present = this.store.present();
        return observedAsync(() -> present.checkpointAsync(metadata));
    }

    private CompletableFuture<Checkpoint> observedAsync(Supplier<CompletableFuture<Checkpoint>> action) {
        StoreObserver.Observed observed = this.observer.begin(StoreObserver.Operation.CHECKPOINT, this.events.store());
        CompletableFuture<Checkpoint> result;
        try {
            result = action.get();
        }
        catch (RuntimeException | Error ex) {
            ended(observed, ex);
            throw ex;
        }
        return result.whenComplete((checkpoint, failure) -> {
            if (failure != null) {
                ended(observed, (failure instanceof CompletionException && failure.getCause() != null)
                        ? failure.getCause() : failure);
            }
            else {
                observed.end(null);
                this.events.completed(checkpoint);
            }
        });
    }

    @Override
    public Optional<Checkpoint> lastCheckpoint() {
        return this.store.present().lastCheckpoint();
    }

    @Override
    public List<Checkpoint> checkpoints() {
        return this.store.present().checkpoints();
    }

    @Override
    public Checkpoint restore(long version) {
        StateManager present = this.store.present();
        return observed(() -> present.restore(version));
    }

    /** Its checkpoints are seen as one, the last of them. */
    @Override
    public void compact() {
        StateManager present = this.store.present();
        observed(() -> {
            present.compact();
            return present.lastCheckpoint().orElseThrow();
        });
    }

    @Override
    public StateManagerStats stats() {
        return this.store.present().stats();
    }

    @Override
    public List<StateSummary> states() {
        return this.store.present().states();
    }

    @Override
    public void close() {
        this.store.close();
    }

}
