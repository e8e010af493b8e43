package io.flowstate;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What a state manager has counted since it was opened, at about one moment. Addresses
 * and sizes are in bytes.
 *
 * @param run the number of this run
 * @param states the number of states
 * @param openedIn how long opening took, recovery included
 * @param log the record log
 * @param memory memory outside the heap
 * @param device what went to and came from the log device
 * @param checkpoints how checkpoints went
 */
public record StateManagerStats(long run, int states, Duration openedIn, Log log, Memory memory, Device device,
        Checkpoints checkpoints) {

    /**
     * The boundaries of the record log; always
     * {@code begin <= head <= flushedUntil <= readOnly <= tail}.
     *
     * @param begin what lies before it is deleted
     * @param head what lies before it is on the device only
     * @param flushedUntil what lies before it is durable on the device
     * @param readOnly what lies before it is unchanging
     * @param tail where the next record goes
     */
    public record Log(long begin, long head, long flushedUntil, long readOnly, long tail) {
    }

    /**
     * Memory outside the heap.
     *
     * @param logBytes taken by log pages, at most {@code memory-size}
     * @param indexBytes taken by hash indexes, at most {@code index-memory}
     */
    public record Memory(long logBytes, long indexBytes) {
    }

    /**
     * What went to and came from the log device.
     *
     * @param reads the number of reads
     * @param bytesRead the bytes they brought
     * @param bytesWritten the bytes written
     * @param syncs the number of syncs
     * @param segments the number of segments that exist
     * @param segmentBytes the bytes in them
     * @param lastError why the log could not be flushed when it was tried last; null once
     * a later flush has succeeded
     */
    public record Device(long reads, long bytesRead, long bytesWritten, long syncs, int segments, long segmentBytes,
            @Nullable Throwable lastError) {
    }

    /**
     * How checkpoints went.
     *
     * @param completed the number completed
     * @param failed the number failed
     * @param last the newest completed one, or the one recovered; null if there never was
     * one
     * @param lastDuration from the cut of the newest completed one until it was durable
     * @param lastGatePause how long writers were kept out for its cut
     * @param lastError why the newest attempt, or the cleaning after it, failed; null if
     * it did not
     * @param lastErrorAt when that was; null if {@code lastError} is
     */
    public record Checkpoints(long completed, long failed, @Nullable Checkpoint last, Duration lastDuration,
            Duration lastGatePause, @Nullable Throwable lastError, @Nullable Instant lastErrorAt) {

        /**
         * How long ago the newest checkpoint became durable.
         * @param now the present time
         * @return its age, empty if there never was one
         */
        public Optional<Duration> age(Instant now) {
            return Optional.ofNullable(this.last).map((checkpoint) -> Duration.between(checkpoint.completedAt(), now));
        }

    }

}
