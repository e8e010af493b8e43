package io.flowstate.spring.boot.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.LongSupplier;

import io.flowstate.RecoveryListener;
import io.flowstate.StateManager;
import io.flowstate.spring.boot.RecoveryProgress;
import io.flowstate.storage.StateInterruptedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a store in an application: it is opened when the context starts, closed
 * when it stops, and may be opened again. Thread-safe.
 *
 * <pre>
 *             open, openInBackground                recovered
 *   CLOSED ---------------------------&gt; RECOVERING ------------&gt; OPEN
 *     ^                                   |      \                 |
 *     |                                   |       \ failed         |
 *     |                                   |        +-----&gt; FAILED  |
 *     +--------------- close -------------+------------------+-----+
 * </pre>
 *
 * While it is closed those who want it meet an {@link IllegalStateException}; while it
 * recovers they wait, and then go on or meet what made recovery fail.
 */
public final class ReopenableStore {

    private static final Logger logger = LoggerFactory.getLogger(ReopenableStore.class);

    private final Function<RecoveryListener, StateManager> opening;

    private final StoreEvents events;

    private final StoreObserver observer;

    private final LongSupplier nanoClock;

    private volatile @Nullable StateManager open; // while OPEN; written under this

    private volatile @Nullable Attempt attempt; // while RECOVERING or FAILED; written
                                                // under this

    private volatile @Nullable Recovery recovery; // the newest; written under this

    private CompletableFuture<?> closed = CompletableFuture.completedFuture(null); // guarded
                                                                                   // by
                                                                                   // this

    /**
     * Creates a store that is closed.
     * @param opening opens it, each time anew
     * @param events hear of recoveries
     * @param observer sees recoveries
     * @param nanoClock the time in nanoseconds, from any origin
     */
    public ReopenableStore(Function<RecoveryListener, StateManager> opening, StoreEvents events, StoreObserver observer,
            LongSupplier nanoClock) {
        this.opening = opening;
        this.events = events;
        this.observer = new LoggedObserver(observer);
        this.nanoClock = nanoClock;
    }

    /** Opens the store in this thread; throws what made that fail. */
    public void open() {
        Attempt begun = begin();
        if (begun != null) {
            recover(begun);
            if (begun.result.isCompletedExceptionally()) {
                detach(); // the caller is told, nobody else
                await(begun.result);
            }
        }
    }

    /** Opens the store in a thread of its own; what makes that fail is logged. */
    public void openInBackground() {
        Attempt begun = begin();
        if (begun != null) {
            newThread("recovery", () -> {
                Throwable failure = recover(begun);
                if (failure != null) {
                    logger.error("The store {} could not be opened; what calls it is told why, until it is opened"
                            + " again", this.events.store(), failure);
                }
            }).start();
        }
    }

    private @Nullable Attempt begin() {
        Attempt next;
        synchronized (this) {
            if (this.open != null || this.attempt != null) {
                return null;
            }
            next = new Attempt(new Recovery(this.events, this.nanoClock), this.closed);
            this.recovery = next.recovery;
            this.attempt = next;
            next.recovery.begin();
        }
        this.events.tell();
        return next;
    }

    private synchronized CompletableFuture<?> closing() {
        return this.closed;
    }

    private Thread newThread(String task, Runnable work) {
        Thread thread = new Thread(work, "flowstate-" + task + "-" + this.events.store());
        thread.setDaemon(true);
        return thread;
    }

    /** Who waits is let go before others hear of it; nothing throws between the two. */
    private @Nullable Throwable recover(Attempt begun) {
        begun.thread = Thread.currentThread();
        begun.earlier.handle((done, failure) -> done).join(); // it still has the store
                                                              // locked
        long start = this.nanoClock.getAsLong();
        StoreObserver.Observed observed = this.observer.begin(StoreObserver.Operation.RECOVERY, this.events.store());
        Throwable failure = null;
        try {
            StateManager opened = this.opening.apply(begun.recovery);
            opened(begun, opened);
            logger.info("The store {} is open after {} ms", this.events.store(),
                    Duration.ofNanos(this.nanoClock.getAsLong() - start).toMillis());
        }
        catch (Throwable ex) { // also what is thrown undeclared
            failure = ex;
            failed(begun, ex);
        }
        observed.end(failure);
        this.events.tell();
        return failure;
    }

    private void opened(Attempt begun, StateManager opened) {
        synchronized (this) {
            if (this.attempt == begun) {
                this.open = opened;
                this.attempt = null;
                begun.recovery.end(RecoveryProgress.Phase.RECOVERED);
            } // else who closed it meanwhile waits for the result
        }
        begun.result.complete(opened);
        begun.awaited.complete(opened);
    }

    private void failed(Attempt begun, Throwable failure) {
        synchronized (this) {
            if (this.attempt == begun) {
                begun.recovery.end(RecoveryProgress.Phase.FAILED);
            }
        }
        begun.result.completeExceptionally(failure);
        begun.awaited.completeExceptionally(failure);
    }

    /**
     * Closes the store without a checkpoint, in a thread of its own; one that recovers as
     * soon as it has recovered. Nobody reaches the store any more when this returns.
     * @return completed when it is closed, or with what made that fail
     */
    public CompletableFuture<?> beginClose() {
        detach();
        return closing();
    }

    private synchronized void detach() {
        StateManager wasOpen = this.open;
        Attempt begun = this.attempt;
        this.open = null;
        this.attempt = null;
        if (begun != null) {
            begun.awaited.completeExceptionally(notRunning());
            this.closed = begun.result.handle((opened, failure) -> opened).thenAcceptAsync(this::close, this::run);
        }
        else if (wasOpen != null) {
            this.closed = CompletableFuture.runAsync(() -> close(wasOpen), this::run);
        }
    }

    private void run(Runnable closing) {
        newThread("close", closing).start();
    }

    private void close(@Nullable StateManager opened) {
        if (opened == null) {
            return; // its opening failed
        }
        try {
            opened.close();
        }
        catch (RuntimeException | Error ex) {
            logger.error("The store {} could not be closed", this.events.store(), ex);
            throw ex;
        }
    }

    /**
     * Closes the store without a checkpoint and waits for that if it was open; what
     * another has begun to close is left to that one.
     */
    public void close() {
        if (this.open != null) {
            try {
                beginClose().join();
            }
            catch (CompletionException ex) {
                throw (ex.getCause() instanceof RuntimeException failure) ? failure : ex;
            }
        }
        else {
            detach();
        }
    }

    /** The open store, empty while it is not open. Waits for nothing. */
    public Optional<StateManager> whileOpen() {
        return Optional.ofNullable(this.open);
    }

    /** Whether it is being opened, or was and failed. */
    public boolean isAwaited() {
        return this.attempt != null;
    }

    /** How far the newest recovery has come, empty before the first. */
    public Optional<RecoveryProgress> recovery() {
        return Optional.ofNullable(this.recovery).map(Recovery::progress);
    }

    /** Why the store could not be opened, empty unless that is so. */
    public Optional<Throwable> failure() {
        Attempt begun = this.attempt;
        return (begun != null && begun.result.isCompletedExceptionally())
                ? Optional.of(begun.result.handle((opened, failure) -> failure).join()) : Optional.empty();
    }

    /** The open store, waited for while it recovers. */
    StateManager present() {
        StateManager present = this.open;
        return (present != null) ? present : awaitRecovery();
    }

    private StateManager awaitRecovery() {
        Attempt begun = this.attempt;
        if (begun != null) {
            if (begun.thread == Thread.currentThread() && !begun.awaited.isDone()) {
                throw new IllegalStateException("the store " + this.events.store() + " is being recovered by this very"
                        + " thread, which would wait for itself; a listener of RecoveryProgress, and what is called"
                        + " while a store is opened, must not use the state");
            }
            return await(begun.awaited);
        }
        StateManager present = this.open; // it may have been opened between the two looks
        if (present == null) {
            throw notRunning();
        }
        return present;
    }

    private StateManager await(CompletableFuture<StateManager> result) {
        try {
            return result.get();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new StateInterruptedException(
                    "interrupted while waiting for the store " + this.events.store() + " to be recovered");
        }
        catch (ExecutionException ex) {
            if (ex.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (ex.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(ex); // an opening throws nothing else
        }
    }

    private IllegalStateException notRunning() {
        return new IllegalStateException("the store " + this.events.store() + " is closed, since the application"
                + " context has stopped; what uses it until the end must be stopped before it, as a SmartLifecycle"
                + " bean of the default phase is");
    }

    /** An opening. */
    private static final class Attempt {

        /** How far it has come. */
        private final Recovery recovery;

        /** An earlier closing, to be waited for. */
        private final CompletableFuture<?> earlier;

        private volatile @Nullable Thread thread; // that opens; written by it

        /** How it ended. */
        private final CompletableFuture<StateManager> result = new CompletableFuture<>();

        /** What callers wait for: the result, or that the store was closed before. */
        private final CompletableFuture<StateManager> awaited = new CompletableFuture<>();

        private Attempt(Recovery recovery, CompletableFuture<?> earlier) {
            this.recovery = recovery;
            this.earlier = earlier;
        }

    }

}
