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
 * @param lastDuration how long the newest one of this run took
 * @param lastGatePause how long writers were kept out for its cut
 * @param lastError why the newest attempt failed, or the cleaning after it; null if it
 * did not
 * @param lastErrorAt when that was
 */
public record CheckpointStatistics(long completed, long failed, @Nullable CompletedCheckpoint last,
        Duration lastDuration, Duration lastGatePause, @Nullable Throwable lastError, @Nullable Instant lastErrorAt) {

    CheckpointStatistics completed(CompletedCheckpoint checkpoint, Duration duration, Duration gatePause) {
        return new CheckpointStatistics(this.completed + 1, this.failed, checkpoint, duration, gatePause, null, null);
    }

    CheckpointStatistics failed(Throwable error, Instant at) {
        return new CheckpointStatistics(this.completed, this.failed + 1, this.last, this.lastDuration,
                this.lastGatePause, error, at);
    }

    CheckpointStatistics troubled(Throwable error, Instant at) {
        return new CheckpointStatistics(this.completed, this.failed, this.last, this.lastDuration, this.lastGatePause,
                error, at);
    }

}
