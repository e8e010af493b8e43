package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManagerStats;
import io.flowstate.storage.FencedException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Says whether a store is open, checkpoints are taken and the log is flushed: out of
 * service while it is being recovered; down after so many failed checkpoints in a row as
 * the settings say, or when the newest checkpoint has become too old, and from a failure
 * of the log to its next success. Asks for counted values only, never for a disk or a
 * network.
 */
final class FlowStateHealthIndicator extends AbstractHealthIndicator {

    private final Store store;

    private final DiskSpace diskSpace;

    private final Clock clock;

    FlowStateHealthIndicator(Store store, DiskSpace diskSpace, Clock clock) {
        super("the store " + store.name() + " cannot be asked for its health");
        this.store = store;
        this.diskSpace = diskSpace;
        this.clock = clock;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        Store.Status status = this.store.status();
        StateManagerStats stats = this.store.stats().orElse(null);
        builder.up().withDetail("state", status.name());
        if (stats != null) {
            addCheckpoints(builder, stats);
            addError(builder, "deviceError", stats.device().lastError());
            addError(builder, "pagesError", stats.pages().lastError());
            addDetailOnly(builder, "cleaningError", stats.cleaning().lastError());
            builder.withDetail("lock",
                    (stats.checkpoints().lastError() instanceof FencedException) ? "lost to another writer" : "held");
        }
        else if (status == Store.Status.RECOVERING) {
            builder.outOfService();
            this.store.recovery()
                .ifPresent((progress) -> builder.withDetail("recoveredBytes", progress.bytesRead())
                    .withDetail("bytesToRecover", progress.bytesToRead()));
        }
        else {
            builder.down();
            addError(builder, "recoveryError", this.store.recoveryFailure());
        }
        this.diskSpace.of(this.store.settings().watchedDirectory())
            .ifPresent((room) -> builder.withDetail("diskFreeBytes", room.freeBytes()));
    }

    private void addCheckpoints(Health.Builder builder, StateManagerStats stats) {
        StateManagerStats.Checkpoints checkpoints = stats.checkpoints();
        Checkpoint last = checkpoints.last();
        Instant now = this.clock.instant();
        if (last != null) {
            Duration age = Duration.between(last.completedAt(), now).truncatedTo(ChronoUnit.MILLIS);
            builder.withDetail("checkpointVersion", last.version()).withDetail("checkpointAge", age.toString());
        }
        if (checkpoints.failedInARow() >= this.store.settings().health().failures()) {
            builder.down();
        }
        addFailure(builder, checkpoints);
        Duration limit = this.store.settings().checkpointAgeLimit();
        if (!limit.isZero() && Duration.between(Store.durableAt(stats), now).compareTo(limit) > 0) {
            builder.down().withDetail("checkpointAgeLimit", limit.toString());
        }
    }

    private void addFailure(Health.Builder builder, StateManagerStats.Checkpoints checkpoints) {
        Throwable error = checkpoints.lastError();
        Instant at = checkpoints.lastErrorAt();
        if (error == null) {
            // one that never reached the store
            ScheduledCheckpoints.Failure failure = this.store.checkpoints().failure().orElse(null);
            if (failure != null && !succeededAfter(failure.at(), checkpoints.last())) {
                error = failure.error();
                at = failure.at();
                builder.down();
            }
        }
        if (error != null) {
            builder.withDetail("lastError", error.toString())
                .withDetail("lastErrorAt", String.valueOf(at))
                .withDetail("failedInARow", checkpoints.failedInARow());
        }
    }

    private static boolean succeededAfter(Instant failure, @Nullable Checkpoint last) {
        return last != null && last.completedAt().isAfter(failure);
    }

    private static void addError(Health.Builder builder, String name, @Nullable Throwable error) {
        if (error != null) {
            builder.down();
            addDetailOnly(builder, name, error);
        }
    }

    private static void addDetailOnly(Health.Builder builder, String name, @Nullable Throwable error) {
        if (error != null) {
            builder.withDetail(name, error.toString());
        }
    }

}
