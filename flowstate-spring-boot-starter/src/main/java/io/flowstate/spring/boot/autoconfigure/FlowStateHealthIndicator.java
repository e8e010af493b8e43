package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Says whether checkpoints are taken and the log is flushed: down from a failure of
 * either to its next success. Asks for counted values only, never for a disk or a
 * network.
 */
final class FlowStateHealthIndicator extends AbstractHealthIndicator {

    private final StateManager stateManager;

    private final @Nullable ScheduledCheckpoints scheduledCheckpoints;

    private final Clock clock;

    FlowStateHealthIndicator(StateManager stateManager, @Nullable ScheduledCheckpoints scheduledCheckpoints,
            Clock clock) {
        super("the state of FlowState cannot be asked for its health");
        this.stateManager = stateManager;
        this.scheduledCheckpoints = scheduledCheckpoints;
        this.clock = clock;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        StateManagerStats stats = this.stateManager.stats();
        StateManagerStats.Checkpoints checkpoints = stats.checkpoints();
        Checkpoint last = checkpoints.last();
        builder.up();
        if (last != null) {
            Duration age = Duration.between(last.completedAt(), this.clock.instant()).truncatedTo(ChronoUnit.MILLIS);
            builder.withDetail("checkpointVersion", last.version()).withDetail("checkpointAge", age.toString());
        }
        addFailure(builder, checkpoints);
        Throwable deviceError = stats.device().lastError();
        if (deviceError != null) {
            builder.down().withDetail("deviceError", deviceError.toString());
        }
    }

    private void addFailure(Health.Builder builder, StateManagerStats.Checkpoints checkpoints) {
        Throwable error = checkpoints.lastError();
        Instant at = checkpoints.lastErrorAt();
        if (error == null && this.scheduledCheckpoints != null) {
            ScheduledCheckpoints.Failure failure = this.scheduledCheckpoints.failure().orElse(null);
            if (failure != null && !succeededAfter(failure.at(), checkpoints.last())) {
                error = failure.error();
                at = failure.at();
            }
        }
        if (error != null) {
            builder.down().withDetail("lastError", error.toString()).withDetail("lastErrorAt", String.valueOf(at));
        }
    }

    private static boolean succeededAfter(Instant failure, @Nullable Checkpoint last) {
        return last != null && last.completedAt().isAfter(failure);
    }

}
