package io.flowstate.internal.checkpoint;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How checkpoints went.
 *
 * @param completed the number completed in this run
 * @param failed the number failed in this run
 * @param last the newest one, or the one recovered
 * @param lastPhases how long the newest one of this run took
 * @param failedInARow how many failed since the newest that was completed
 * @param snapshots the number of index snapshots taken in this run
 * @param lastSnapshot how long the newest of them took
 * @param lastError why the newest attempt failed, or the cleaning after it; null if it
 * did not
 * @param lastErrorAt when that was
 */
public record CheckpointStatistics(long completed, long failed, long failedInARow, @Nullable CompletedCheckpoint last,
        Phases lastPhases, long snapshots, Duration lastSnapshot, @Nullable Throwable lastError,
        @Nullable Instant lastErrorAt) {

    /** Before the first checkpoint of a run. */
    static CheckpointStatistics of(@Nullable CompletedCheckpoint recovered) {
        return new CheckpointStatistics(0, 0, 0, recovered, new Phases(Duration.ZERO, Duration.ZERO, Duration.ZERO), 0,
                Duration.ZERO, null, null);
    }

    CheckpointStatistics completed(CompletedCheckpoint checkpoint, Phases phases) {
        return new CheckpointStatistics(this.completed + 1, this.failed, 0, checkpoint, phases, this.snapshots,
                this.lastSnapshot, null, null);
    }

    CheckpointStatistics failed(Throwable error, Instant at) {
        return new CheckpointStatistics(this.completed, this.failed + 1, this.failedInARow + 1, this.last,
                this.lastPhases, this.snapshots, this.lastSnapshot, error, at);
    }

    CheckpointStatistics troubled(Throwable error, Instant at) {
        return new CheckpointStatistics(this.completed, this.failed, this.failedInARow, this.last, this.lastPhases,
                this.snapshots, this.lastSnapshot, error, at);
    }

    CheckpointStatistics snapshot(Duration duration) {
        return new CheckpointStatistics(this.completed, this.failed, this.failedInARow, this.last, this.lastPhases,
                this.snapshots + 1, duration, this.lastError, this.lastErrorAt);
    }

    /**
     * How long a checkpoint took, in the order of its steps.
     *
     * @param gatePause how long writers were kept out for its cut
     * @param flush from the cut until the log was durable up to it
     * @param commit from then until the checkpoint was durable
     */
    public record Phases(Duration gatePause, Duration flush, Duration commit) {
    }

}
