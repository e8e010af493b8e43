package io.flowstate.spring.boot.autoconfigure;

import java.time.Instant;
import java.util.Optional;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import io.flowstate.spring.boot.RecoveryProgress;
import io.flowstate.spring.boot.store.ApplicationStateManager;
import org.jspecify.annotations.Nullable;

/**
 * A store of the application, for those who show it: health, metrics, endpoint. What is
 * asked here is counted already, and waits for nothing.
 *
 * @param name its name
 * @param stateManager what the application is given
 * @param checkpoints those that nobody asks for
 * @param settings its settings
 */
record Store(String name, StateManager stateManager, ScheduledCheckpoints checkpoints, FlowStateProperties settings) {

    /** The open store; empty while it is closed, is being recovered, or could not be. */
    Optional<StateManager> whileOpen() {
        return (this.stateManager instanceof ApplicationStateManager application) ? application.store().whileOpen()
                : Optional.of(this.stateManager);
    }

    /** What it has counted; empty while it is not open. */
    Optional<StateManagerStats> stats() {
        try {
            return whileOpen().map(StateManager::stats);
        }
        catch (IllegalStateException ex) {
            return Optional.empty(); // closed between the two
        }
    }

    /** When all was durable last: at its newest checkpoint, or its opening if later. */
    static Instant durableAt(StateManagerStats stats) {
        Checkpoint last = stats.checkpoints().last();
        return (last != null && last.completedAt().isAfter(stats.openedAt())) ? last.completedAt() : stats.openedAt();
    }

    /** How far its recovery has come, while it is not open. */
    Optional<RecoveryProgress> recovery() {
        return (this.stateManager instanceof ApplicationStateManager application) ? application.store().recovery()
                : Optional.empty();
    }

    /** Why it could not be opened, null unless that is so. */
    @Nullable Throwable recoveryFailure() {
        return (this.stateManager instanceof ApplicationStateManager application)
                ? application.store().failure().orElse(null) : null;
    }

    /** Where it is in its life. */
    Status status() {
        if (recoveryFailure() != null) {
            return Status.FAILED;
        }
        if (this.stateManager instanceof ApplicationStateManager application && application.store().isAwaited()) {
            return Status.RECOVERING;
        }
        return whileOpen().isPresent() ? Status.OPEN : Status.CLOSED;
    }

    /** Where a store is in its life. */
    enum Status {

        /** In use. */
        OPEN,

        /** Being opened. */
        RECOVERING,

        /** Could not be opened. */
        FAILED,

        /** The context has stopped. */
        CLOSED

    }

}
