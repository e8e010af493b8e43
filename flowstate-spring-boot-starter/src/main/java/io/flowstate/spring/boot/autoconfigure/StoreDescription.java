package io.flowstate.spring.boot.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import io.flowstate.StateSummary;
import io.flowstate.storage.StateException;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoint says of a store. All but its status, recovery, failure and disk is
 * missing while it is not open.
 *
 * @param status where it is in its life: open, recovering, failed, closed
 * @param recovery how far its recovery has come
 * @param failure why it could not be opened, or why {@code restorable} is missing
 * @param disk the room of the disk that it writes to
 * @param states its states
 * @param tiers where its bytes are, from memory to disk
 * @param log the boundaries of the record log
 * @param checkpoints how checkpoints went
 * @param restorable the checkpoints that can be restored, newest first; missing if the
 * storage does not tell
 */
record StoreDescription(Store.Status status, @Nullable RecoveryDescription recovery, @Nullable String failure,
        DiskSpace.@Nullable Room disk, @Nullable List<StateSummary> states, @Nullable List<Tier> tiers,
        StateManagerStats.@Nullable Log log, @Nullable CheckpointsDescription checkpoints,
        @Nullable List<CheckpointDescription> restorable) {

    static StoreDescription of(Store store, RestorableCheckpoints restorable, DiskSpace.@Nullable Room disk,
            Instant now) {
        RecoveryDescription recovery = store.recovery()
            .map((progress) -> new RecoveryDescription(progress.bytesRead(), progress.bytesToRead()))
            .orElse(null);
        StateManager open = store.whileOpen().orElse(null);
        if (open != null) {
            try {
                return of(open, recovery, restorable, disk, now);
            }
            catch (IllegalStateException ex) { // closed since
                return notOpen(store, recovery, ex, disk);
            }
        }
        return notOpen(store, recovery, store.recoveryFailure(), disk);
    }

    private static StoreDescription notOpen(Store store, @Nullable RecoveryDescription recovery,
            @Nullable Throwable failure, DiskSpace.@Nullable Room disk) {
        return new StoreDescription(store.status(), recovery, (failure != null) ? failure.toString() : null, disk, null,
                null, null, null, null);
    }

    private static StoreDescription of(StateManager open, @Nullable RecoveryDescription recovery,
            RestorableCheckpoints restorable, DiskSpace.@Nullable Room disk, Instant now) {
        StateManagerStats stats = open.stats();
        List<CheckpointDescription> listed = null;
        String failure = null;
        try {
            listed = restorable.of(open, stats, now);
        }
        catch (StateException ex) {
            failure = ex.toString();
        }
        return new StoreDescription(Store.Status.OPEN, recovery, failure, disk, open.states(), Tier.of(stats),
                stats.log(), CheckpointsDescription.of(stats.checkpoints(), now), listed);
    }

    /**
     * How far recovery has come.
     *
     * @param bytesRead the bytes that were read
     * @param bytesToRead all that are to be read
     */
    record RecoveryDescription(long bytesRead, long bytesToRead) {
    }

    /**
     * A place where bytes are.
     *
     * @param name which one
     * @param bytes how many are there
     * @param limitBytes how many may be, null if nothing bounds them here
     * @param liveBytes how many of them count, null if all do
     * @param hits how many reads ended here
     * @param hitRatio how many of the reads that came here ended here, null before the
     * first
     */
    record Tier(String name, long bytes, @Nullable Long limitBytes, @Nullable Long liveBytes, long hits,
            @Nullable Double hitRatio) {

        static List<Tier> of(StateManagerStats stats) {
            StateManagerStats.Access access = stats.access();
            StateManagerStats.Pages pages = stats.pages();
            StateManagerStats.Memory memory = stats.memory();
            long beyondMemory = access.deviceHits() + access.misses();
            long beyondCache = pages.fileReads() + pages.logReads();
            return List.of(
                    new Tier("record-memory", memory.logBytes(), memory.logLimit(), null, access.memoryHits(),
                            ratio(access.memoryHits(), access.memoryHits() + beyondMemory)),
                    new Tier("record-log", stats.device().recordBytes(), null, stats.cleaning().liveBytes(),
                            access.deviceHits(), ratio(access.deviceHits(), beyondMemory)),
                    new Tier("page-cache", pages.cachedBytes(), null, null, pages.cacheHits(),
                            ratio(pages.cacheHits(), pages.cacheHits() + pages.cacheMisses())),
                    new Tier("modified-page-file", pages.fileBytes(), null, pages.fileUsedBytes(), pages.fileReads(),
                            ratio(pages.fileReads(), beyondCache)),
                    new Tier("page-log", stats.device().pageBytes(), null, pages.logLiveBytes(), pages.logReads(),
                            ratio(pages.logReads(), beyondCache)));
        }

        private static @Nullable Double ratio(long hits, long reads) {
            return (reads > 0) ? (double) hits / reads : null;
        }

    }

    /**
     * A checkpoint.
     *
     * @param version its version
     * @param completedAt when it became durable
     * @param age how long ago that was
     * @param sizeBytes the bytes written for it
     * @param metadataBytes the length of the caller's metadata
     */
    record CheckpointDescription(long version, Instant completedAt, Duration age, long sizeBytes, int metadataBytes) {

        static CheckpointDescription of(Checkpoint checkpoint, Instant now) {
            return new CheckpointDescription(checkpoint.version(), checkpoint.completedAt(),
                    Duration.between(checkpoint.completedAt(), now), checkpoint.sizeBytes(),
                    checkpoint.metadata().length);
        }

        /** The same, at another time. */
        CheckpointDescription at(Instant now) {
            return new CheckpointDescription(this.version, this.completedAt, Duration.between(this.completedAt, now),
                    this.sizeBytes, this.metadataBytes);
        }

    }

    /**
     * How checkpoints went.
     *
     * @param completed the number completed since the store was opened
     * @param failed the number failed
     * @param failedInARow the number failed since the newest that was completed
     * @param lastVersion the version of the newest, null if there never was one
     * @param recent how long the newest of them took, newest first
     * @param lastError why the newest attempt failed, null if it did not
     */
    record CheckpointsDescription(long completed, long failed, long failedInARow, @Nullable Long lastVersion,
            List<PhasesDescription> recent, @Nullable String lastError) {

        static CheckpointsDescription of(StateManagerStats.Checkpoints checkpoints, Instant now) {
            Checkpoint last = checkpoints.last();
            Throwable error = checkpoints.lastError();
            List<PhasesDescription> recent = checkpoints.recent()
                .stream()
                .map((phases) -> PhasesDescription.of(phases, now))
                .toList();
            return new CheckpointsDescription(checkpoints.completed(), checkpoints.failed(), checkpoints.failedInARow(),
                    (last != null) ? last.version() : null, recent, (error != null) ? error.toString() : null);
        }

    }

    /**
     * How long a checkpoint took.
     *
     * @param version its version
     * @param age how long ago it became durable
     * @param gatePause how long its cut kept writers out
     * @param flush from then until the log was durable
     * @param commit from then until the checkpoint was
     */
    record PhasesDescription(long version, Duration age, Duration gatePause, Duration flush, Duration commit) {

        static PhasesDescription of(StateManagerStats.Phases phases, Instant now) {
            return new PhasesDescription(phases.version(), Duration.between(phases.completedAt(), now),
                    phases.gatePause(), phases.flush(), phases.commit());
        }

    }

}
