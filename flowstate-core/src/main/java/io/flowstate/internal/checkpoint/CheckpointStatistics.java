package io.flowstate.internal.checkpoint;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How checkpoints went.
 *
 * @param completed the number completed in this run
 * @param failed the number failed in this run
 * @param failedInARow how many failed since the newest that was completed
 * @param last the newest one, or the one recovered
 * @param recent how long those of this run took, newest first, at most {@value #RECENT}
 * @param snapshots the number of index snapshots taken in this run
 * @param lastSnapshot how long the newest of them took
 * @param lastError why the newest attempt failed, or the cleaning after it; null if it
 * did not
 * @param lastErrorAt when that was
 */
public record CheckpointStatistics(long completed, long failed, long failedInARow, @Nullable CompletedCheckpoint last,
        List<Phases> recent, long snapshots, Duration lastSnapshot, @Nullable Throwable lastError,
        @Nullable Instant lastErrorAt) {

    private static final int RECENT = 60;

    /** Before the first checkpoint of a run. */
    static CheckpointStatistics of(@Nullable CompletedCheckpoint recovered) {
        return new CheckpointStatistics(0, 0, 0, recovered, List.of(), 0, Duration.ZERO, null, null);
    }

    CheckpointStatistics completed(CompletedCheckpoint checkpoint, Duration gatePause, Duration flush,
            Duration commit) {
        Phases phases = new Phases(checkpoint.version(), checkpoint.completedAt(), gatePause, flush, commit);
        List<Phases> newestFirst = Stream.concat(Stream.of(phases), this.recent.stream()).limit(RECENT).toList();
        return new CheckpointStatistics(this.completed + 1, this.failed, 0, checkpoint, newestFirst, this.snapshots,
                this.lastSnapshot, null, null);
    }

    CheckpointStatistics failed(Throwable error, Instant at) {
        return new CheckpointStatistics(this.completed, this.failed + 1, this.failedInARow + 1, this.last, this.recent,
                this.snapshots, this.lastSnapshot, error, at);
    }

    CheckpointStatistics troubled(Throwable error, Instant at) {
        return new CheckpointStatistics(this.completed, this.failed, this.failedInARow, this.last, this.recent,
                this.snapshots, this.lastSnapshot, error, at);
    }

    CheckpointStatistics snapshot(Duration duration) {
        return new CheckpointStatistics(this.completed, this.failed, this.failedInARow, this.last, this.recent,
                this.snapshots + 1, duration, this.lastError, this.lastErrorAt);
    }

    /**
     * How long a checkpoint took, in the order of its steps.
     *
     * @param version its version
     * @param completedAt when it was committed
     * @param gatePause how long writers were kept out for its cut
     * @param flush from the cut until the log was durable up to it
     * @param commit from then until the checkpoint was durable
     */
    public record Phases(long version, Instant completedAt, Duration gatePause, Duration flush, Duration commit) {
    }

}
