package io.flowstate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.flowstate.internal.checkpoint.CheckpointStatistics;
import io.flowstate.internal.checkpoint.CompletedCheckpoint;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.kv.CleaningProcess;
import io.flowstate.internal.kv.Operation;
import io.flowstate.internal.page.PageTiers;
import io.flowstate.internal.pagestore.PageStore;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store while it is open: the front door to its parts, and their end.
 */
final class OpenStateManager implements StateManager {

    private static final Logger logger = LoggerFactory.getLogger(OpenStateManager.class);

    private final OpenParts parts;

    private final Duration checkpointTimeout;

    private final int metadataLimit;

    private final long memorySize;

    private final long indexMemory;

    private final Instant openedAt;

    private final Duration openedIn;

    private final AtomicBoolean closed = new AtomicBoolean();

    OpenStateManager(OpenParts parts, StateManagerOptions options, Instant openedAt, Duration openedIn) {
        this.parts = parts;
        this.checkpointTimeout = options.checkpointTimeout();
        this.metadataLimit = options.checkpointMetadataLimit();
        this.memorySize = options.memorySize();
        this.indexMemory = options.indexMemory();
        this.openedAt = openedAt;
        this.openedIn = openedIn;
    }

    /** What it consists of, for those who look at the pages themselves. */
    OpenParts parts() {
        return this.parts;
    }

    @Override
    public StateScope scope(String name) {
        checkOpen();
        return OpenScope.of(this.parts.catalogue(), name);
    }

    @Override
    public void update(Runnable unit) {
        Objects.requireNonNull(unit, "unit");
        checkOpen();
        this.parts.engine().slowDown();
        this.parts.gate().run(unit);
    }

    @Override
    public Checkpoint checkpoint() {
        return await(request(null));
    }

    @Override
    public Checkpoint checkpoint(byte[] metadata) {
        return await(request(checked(metadata)));
    }

    @Override
    public CompletableFuture<Checkpoint> checkpointAsync() {
        return outside(request(null));
    }

    @Override
    public CompletableFuture<Checkpoint> checkpointAsync(byte[] metadata) {
        return outside(request(checked(metadata)));
    }

    /** The caller's own future: what hangs on it never runs on the checkpoint thread. */
    private CompletableFuture<Checkpoint> outside(CompletableFuture<CompletedCheckpoint> result) {
        return result.handleAsync((completed, failure) -> {
            if (failure != null) {
                throw failed(failure);
            }
            return publish(completed);
        });
    }

    private byte[] checked(byte[] metadata) {
        if (metadata.length > this.metadataLimit) {
            throw new IllegalArgumentException("the metadata of a checkpoint may have " + this.metadataLimit
                    + " bytes (checkpoint.metadata-limit), but had " + metadata.length);
        }
        return metadata.clone();
    }

    private CompletableFuture<CompletedCheckpoint> request(byte @Nullable [] metadata) {
        checkOpen();
        checkOutsideUnit("a checkpoint");
        return bounded(this.parts.process().request(metadata));
    }

    private CompletableFuture<CompletedCheckpoint> bounded(CompletableFuture<CompletedCheckpoint> result) {
        return result.copy().orTimeout(this.checkpointTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void checkOutsideUnit(String what) {
        if (this.parts.gate().inUnit()) {
            throw new IllegalStateException(what + " inside a unit of work is refused: it would wait for itself");
        }
    }

    /**
     * Waits for a checkpoint whose cut is made. An interrupt does not end the wait, since
     * the checkpoint goes on and its outcome would be in doubt; it is kept for the
     * caller.
     */
    private Checkpoint await(CompletableFuture<CompletedCheckpoint> result) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return publish(result.get());
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        catch (ExecutionException ex) {
            throw failed(Objects.requireNonNullElse(ex.getCause(), ex));
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The failure to be thrown to one caller, of which there may be several. */
    private CheckpointFailedException failed(Throwable failure) {
        Throwable cause = (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause()
                : failure;
        if (cause instanceof IllegalArgumentException refused) {
            throw new IllegalArgumentException(refused.getMessage(), refused);
        }
        if (cause instanceof TimeoutException) {
            CheckpointFailedException overdue = new CheckpointFailedException("the storage has not answered for "
                    + this.checkpointTimeout + " (checkpoint.timeout); the checkpoint may still become durable");
            this.parts.process().overdue(overdue);
            return overdue;
        }
        return new CheckpointFailedException(String.valueOf(cause.getMessage()),
                (cause instanceof CheckpointFailedException && cause.getCause() != null) ? cause.getCause() : cause);
    }

    private static Checkpoint publish(CompletedCheckpoint completed) {
        return new Checkpoint(completed.version(), completed.userMetadata(), completed.completedAt(),
                completed.sizeBytes());
    }

    @Override
    public Checkpoint restore(long version) {
        checkOpen();
        checkOutsideUnit("restoring");
        if (!this.parts.checkpointManager().durable()) {
            throw new IllegalStateException("temporary storage keeps no checkpoints that could be restored");
        }
        return await(bounded(this.parts.process().requestRestore(version)));
    }

    @Override
    public void compact() {
        checkpoint();
        this.parts.cleaning().cleanUntil(this.parts.log().flushedUntil());
        this.parts.pages().store().compact();
        if (this.parts.checkpointManager().durable()) {
            // only a checkpoint that needs no more of the old log gives it back
            checkpoint();
        }
    }

    /** Makes an older checkpoint, which was recovered, the newest one. */
    Checkpoint goOnFrom(long version, byte[] metadata) {
        this.parts.checkpoints().dropUnreadable(version);
        return await(this.parts.process().request(metadata));
    }

    @Override
    public Optional<Checkpoint> lastCheckpoint() {
        checkOpen();
        return Optional.ofNullable(this.parts.process().statistics().last()).map(OpenStateManager::publish);
    }

    @Override
    public List<Checkpoint> checkpoints() {
        checkOpen();
        if (!this.parts.checkpointManager().durable()) {
            return List.of();
        }
        List<Checkpoint> newestFirst = new ArrayList<>();
        for (CommittedCheckpoint kept : this.parts.checkpoints().kept()) {
            try {
                byte[] metadata = this.parts.checkpoints().read(kept).userMetadata();
                newestFirst.add(0, new Checkpoint(kept.version(), metadata, kept.completedAt(), kept.sizeBytes()));
            }
            catch (CorruptStateException | IncompatibleFormatException ex) {
                if (this.parts.checkpoints().kept().contains(kept)) {
                    logger.warn("Checkpoint {} is kept but cannot be restored", kept.version(), ex);
                } // else a newer one has replaced it meanwhile
            }
        }
        return newestFirst;
    }

    @Override
    public StateManagerStats stats() {
        checkOpen();
        return new StateManagerStats(this.parts.process().presentRun(), this.parts.catalogue().size(), this.openedAt,
                this.openedIn, this.parts.replayedBytes(), logStats(), memoryStats(), deviceStats(), accessStats(),
                pageStats(), cleaningStats(), checkpointStats());
    }

    @Override
    public List<StateSummary> states() {
        checkOpen();
        return this.parts.catalogue().summaries();
    }

    private StateManagerStats.Log logStats() {
        HybridLog log = this.parts.log();
        return new StateManagerStats.Log(log.begin(), log.head(), log.flushedUntil(), log.readOnly(), log.tail());
    }

    private StateManagerStats.Memory memoryStats() {
        return new StateManagerStats.Memory(this.parts.logMemory().takenBytes(), this.memorySize,
                this.parts.indexMemory().takenBytes(), this.indexMemory);
    }

    private StateManagerStats.Device deviceStats() {
        LogSegments records = this.parts.segments();
        LogSegments indexes = this.parts.indexSegments();
        LogSegments pages = this.parts.pages().segments();
        return new StateManagerStats.Device(records.reads() + indexes.reads() + pages.reads(),
                records.bytesRead() + indexes.bytesRead() + pages.bytesRead(),
                records.bytesWritten() + indexes.bytesWritten() + pages.bytesWritten(),
                records.syncs() + indexes.syncs() + pages.syncs(), records.count() + indexes.count() + pages.count(),
                records.sizeBytes(), indexes.sizeBytes(), pages.sizeBytes(), this.parts.device().requests(),
                this.parts.flusher().failure());
    }

    private StateManagerStats.Pages pageStats() {
        PageTiers tiers = this.parts.pages().tiers();
        PageStore store = this.parts.pages().store();
        CacheStats cache = tiers.cacheStats();
        return new StateManagerStats.Pages(tiers.cachedPages(), tiers.cachedBytes(), cache.hitCount(),
                cache.missCount(), cache.evictionCount(), tiers.leavingBytes(), tiers.file().reads(),
                tiers.file().writes(), tiers.file().usedBytes(), tiers.file().sizeBytes(), tiers.storeReads(),
                store.liveBytes(), store.copiedBytes(), tiers.spillFailure());
    }

    private StateManagerStats.Access accessStats() {
        Operation.Pool operations = this.parts.engine().operations();
        return new StateManagerStats.Access(operations.count(Operation.Count.MEMORY_HIT),
                operations.count(Operation.Count.DEVICE_HIT), operations.count(Operation.Count.MISS),
                operations.count(Operation.Count.IN_PLACE), operations.count(Operation.Count.APPENDED));
    }

    private StateManagerStats.Cleaning cleaningStats() {
        CleaningProcess cleaning = this.parts.cleaning();
        return new StateManagerStats.Cleaning(cleaning.liveBytes(), cleaning.cleanedBytes(), cleaning.copiedBytes(),
                this.parts.engine().isCleaningBehind(), cleaning.failure());
    }

    private StateManagerStats.Checkpoints checkpointStats() {
        CheckpointStatistics checkpoints = this.parts.process().statistics();
        CompletedCheckpoint last = checkpoints.last();
        List<StateManagerStats.Phases> recent = checkpoints.recent()
            .stream()
            .map((phases) -> new StateManagerStats.Phases(phases.version(), phases.completedAt(), phases.gatePause(),
                    phases.flush(), phases.commit()))
            .toList();
        return new StateManagerStats.Checkpoints(checkpoints.completed(), checkpoints.failed(),
                checkpoints.failedInARow(), (last != null) ? publish(last) : null, recent, checkpoints.snapshots(),
                checkpoints.lastSnapshot(), checkpoints.lastError(), checkpoints.lastErrorAt());
    }

    private void checkOpen() {
        if (this.closed.get()) {
            throw new IllegalStateException("the state manager is closed");
        }
    }

    @Override
    public void close() {
        if (this.parts.gate().inUnit() && !this.closed.get()) {
            checkOutsideUnit("closing");
        }
        if (!this.closed.compareAndSet(false, true)) {
            return;
        }
        try {
            this.parts.process().close(this::release);
        }
        finally {
            this.parts.cleaning().close();
            this.parts.engine().close();
            this.parts.gate().end();
        }
    }

    /** Gives everything free, once no checkpoint is under way. */
    private void release() {
        this.parts.cleaning().close();
        this.parts.engine().close();
        this.parts.segments().close();
        this.parts.indexSegments().close();
        List<Runnable> closings = List.of(this.parts.pages()::close, this.parts.flusher()::close,
                this.parts.device()::close, this.parts.checkpointManager()::close);
        RuntimeException failure = null;
        for (Runnable closing : closings) {
            try {
                closing.run();
            }
            catch (RuntimeException ex) {
                failure = (failure != null) ? failure : ex;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

}
