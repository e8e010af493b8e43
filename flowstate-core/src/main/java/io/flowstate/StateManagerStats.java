package io.flowstate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What a state manager has counted since it was opened, at about one moment. Addresses
 * and sizes are in bytes.
 *
 * @param run the number of this run
 * @param states the number of states
 * @param openedAt when it was opened
 * @param openedIn how long opening took, recovery included
 * @param replayedBytes how much of the log opening had to read
 * @param log the record log
 * @param memory memory outside the heap
 * @param device what went to and came from the log device
 * @param access what reads and changes found
 * @param pages the pages of sorted maps, queues and append logs
 * @param cleaning how the record log is kept small
 * @param checkpoints how checkpoints went
 */
public record StateManagerStats(long run, int states, Instant openedAt, Duration openedIn, long replayedBytes, Log log,
        Memory memory, Device device, Access access, Pages pages, Cleaning cleaning, Checkpoints checkpoints) {

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
     * @param logBytes taken by log pages
     * @param logLimit the most they may take: {@code memory-size}
     * @param indexBytes taken by hash indexes
     * @param indexLimit the most they may take: {@code index-memory}
     */
    public record Memory(long logBytes, long logLimit, long indexBytes, long indexLimit) {
    }

    /**
     * What went to and came from the log device.
     *
     * @param reads the number of reads
     * @param bytesRead the bytes they brought
     * @param bytesWritten the bytes written
     * @param syncs the number of syncs
     * @param segments the number of segments that exist
     * @param recordBytes the bytes in those of the records
     * @param snapshotBytes the bytes in those of the indexes' snapshots
     * @param pageBytes the bytes in those of the page log
     * @param requests the requests made of a service by kind, which users of a remote
     * storage pay for; empty for local disks
     * @param lastError why the log could not be flushed when it was tried last; null once
     * a later flush has succeeded
     */
    public record Device(long reads, long bytesRead, long bytesWritten, long syncs, int segments, long recordBytes,
            long snapshotBytes, long pageBytes, Map<String, Long> requests, @Nullable Throwable lastError) {
    }

    /**
     * What reads and changes found, in numbers of keys; exact while no operation is under
     * way.
     *
     * @param memoryHits reads that found a value in memory
     * @param deviceHits reads that found a value on the device
     * @param misses reads that found none
     * @param changesInPlace changes of a record where it was
     * @param recordsAppended records written at the tail, those of cleaning included
     */
    public record Access(long memoryHits, long deviceHits, long misses, long changesInPlace, long recordsAppended) {
    }

    /**
     * The pages of sorted maps, queues and append logs, by the tier that they were found
     * in: the page cache, the modified-page file, the page log.
     *
     * @param cached the number of pages in the page cache, about
     * @param cachedBytes what they take, about
     * @param cacheHits how often a page was found in the cache
     * @param cacheMisses how often it was not
     * @param evictions how many pages left the cache for want of room
     * @param leavingBytes the bytes of changed pages that left the cache and are not in
     * the modified-page file yet
     * @param fileReads how often a page was read from the modified-page file
     * @param fileWrites how many pages were written to it
     * @param fileUsedBytes the bytes in use there
     * @param fileBytes the bytes of its files
     * @param logReads how often a page was read from the page log
     * @param logLiveBytes the bytes of the page log that the newest checkpoint needs
     * @param logCopiedBytes the bytes of pages written once more to keep that log small
     * @param lastError why the last page could not be written to the modified-page file;
     * null if it could
     */
    public record Pages(long cached, long cachedBytes, long cacheHits, long cacheMisses, long evictions,
            long leavingBytes, long fileReads, long fileWrites, long fileUsedBytes, long fileBytes, long logReads,
            long logLiveBytes, long logCopiedBytes, @Nullable Throwable lastError) {
    }

    /**
     * How the record log is kept small.
     *
     * @param liveBytes the bytes of the log that the states need, about
     * @param cleanedBytes the bytes that the log has begun after since the store was
     * opened
     * @param copiedBytes the bytes of records written once more for that
     * @param slowsWriters whether writers are slowed down because cleaning is behind
     * @param lastError why cleaning failed when it was tried last; null if it did not
     */
    public record Cleaning(long liveBytes, long cleanedBytes, long copiedBytes, boolean slowsWriters,
            @Nullable Throwable lastError) {
    }

    /**
     * How checkpoints went.
     *
     * @param completed the number completed
     * @param failed the number failed
     * @param failedInARow the number failed since the newest completed one
     * @param last the newest completed one, or the one recovered; null if there never was
     * one
     * @param recent how long the newest of those completed took, newest first, at most 60
     * @param snapshots the number of index snapshots taken
     * @param lastSnapshot how long the newest of them took
     * @param lastError why the newest attempt, or the cleaning after it, failed; null if
     * it did not
     * @param lastErrorAt when that was; null if {@code lastError} is
     */
    public record Checkpoints(long completed, long failed, long failedInARow, @Nullable Checkpoint last,
            List<Phases> recent, long snapshots, Duration lastSnapshot, @Nullable Throwable lastError,
            @Nullable Instant lastErrorAt) {

        /**
         * How long ago the newest checkpoint became durable.
         * @param now the present time
         * @return its age, empty if there never was one
         */
        public Optional<Duration> age(Instant now) {
            return Optional.ofNullable(this.last).map((checkpoint) -> Duration.between(checkpoint.completedAt(), now));
        }

    }

    /**
     * How long a checkpoint took, in the order of its steps.
     *
     * @param version its version
     * @param completedAt when it became durable
     * @param gatePause how long writers were kept out for its cut
     * @param flush from that cut until the log was durable up to it
     * @param commit from then until the checkpoint was durable
     */
    public record Phases(long version, Instant completedAt, Duration gatePause, Duration flush, Duration commit) {
    }

}
