package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.spring.boot.autoconfigure.FlowStateProperties.RecoveryMode;
import io.flowstate.spring.boot.store.ApplicationStateManager;
import io.flowstate.spring.boot.store.ReopenableStore;
import io.flowstate.spring.boot.store.StoreEvents;
import io.flowstate.spring.boot.store.StoreObserver;
import io.flowstate.storage.IncompatibleStateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * Ties a store to the life of the application context.
 *
 * <pre>
 *   start:  open, if it is closed    begin scheduled checkpoints
 *   stop:   last checkpoint    close, lock released
 * </pre>
 *
 * The phase is so low that in a stop this comes after all that changes state: message
 * listeners, schedulers, and the web server once it has drained. In a start it comes
 * before them. A stopped context can be started again. A state manager that is the
 * application's own bean is not closed here; only its checkpoints are taken.
 */
final class StoreLifecycle implements SmartLifecycle {

    /** Stops after nearly everything else. */
    static final int PHASE = Integer.MIN_VALUE / 2;

    private static final Logger logger = LoggerFactory.getLogger(StoreLifecycle.class);

    private final String store;

    private final StateManager stateManager;

    private final ScheduledCheckpoints checkpoints;

    private final RecoveryMode recovery;

    private final Duration shutdownTimeout;

    private boolean running; // guarded by this

    StoreLifecycle(String store, StateManager stateManager, ScheduledCheckpoints checkpoints, RecoveryMode recovery,
            Duration shutdownTimeout) {
        this.store = store;
        this.stateManager = stateManager;
        this.checkpoints = checkpoints;
        this.recovery = recovery;
        this.shutdownTimeout = shutdownTimeout;
    }

    /** Makes the state manager of a store, and opens it. */
    static ApplicationStateManager create(String name, StateManagerOptions options, RecoveryMode recovery,
            ApplicationEventPublisher publisher, StoreObserver observer) {
        StoreEvents events = new StoreEvents(name, publisher, Clock.systemUTC());
        ReopenableStore store = new ReopenableStore((listener) -> StateManager.open(options, listener), events,
                observer, System::nanoTime);
        ApplicationStateManager stateManager = new ApplicationStateManager(store, events, observer);
        open(stateManager, recovery);
        return stateManager;
    }

    /**
     * Opens a store as the setting says; those who are given it find it open, or wait.
     */
    private static void open(ApplicationStateManager stateManager, RecoveryMode recovery) {
        if (recovery == RecoveryMode.BACKGROUND) {
            stateManager.store().openInBackground();
            return;
        }
        try {
            stateManager.store().open();
        }
        catch (IllegalArgumentException | IncompatibleStateException ex) {
            // What no builder can know: the limit of the JVM, and what the store holds.
            throw new InvalidSettingsException(ex.getMessage(), ex);
        }
    }

    @Override
    public synchronized void start() {
        if (this.running) {
            return;
        }
        if (this.stateManager instanceof ApplicationStateManager application) {
            open(application, this.recovery);
            application.events().begin();
        }
        this.checkpoints.start();
        this.running = true;
    }

    @Override
    public synchronized void stop() {
        if (!this.running) {
            return;
        }
        this.running = false;
        boolean ended = this.checkpoints.stop();
        if (this.stateManager instanceof ApplicationStateManager application) {
            boolean recovering = application.store().whileOpen().isEmpty();
            CompletableFuture<?> closing = application.store().beginClose();
            if (ended && !recovering) {
                await(closing);
            }
            application.events().end();
        }
    }

    private void await(CompletableFuture<?> closing) {
        try {
            closing.get(this.shutdownTimeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (TimeoutException ex) {
            logger.warn("Store {}: Shutdown goes on though the state is not closed after {}"
                    + " ({}.checkpoint.shutdown-timeout); its lock is released when the storage answers, or with the"
                    + " end of this process", this.store, this.shutdownTimeout, NamedStoreRegistrar.prefix(this.store));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        catch (ExecutionException ex) {
            logger.warn("Store {}: Shutdown goes on though the state could not be closed cleanly", this.store,
                    ex.getCause());
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return this.running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

}
