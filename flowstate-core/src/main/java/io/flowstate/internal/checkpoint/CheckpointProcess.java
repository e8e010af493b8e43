package io.flowstate.internal.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

import io.flowstate.internal.checkpoint.CheckpointContents.CutContents;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.FencedException;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StateInterruptedException;
import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that takes checkpoints, one after the other, in the order in which they
 * were asked for.
 *
 * <ol>
 * <li>Cut: the gate is closed, the tail of the log becomes the cut and everything before
 * it unchanging; catalogue and metadata are taken; the gate is opened. Writers go
 * on.</li>
 * <li>Flush: the pages that the cut has are written and synced, and the record log up to
 * the cut.</li>
 * <li>Commit: the metadata are written, then the manifest is replaced in one atomic
 * step.</li>
 * <li>Forget: only now are older checkpoints and the segments that nobody needs deleted,
 * by another thread; before the next checkpoint is committed, and if they are many before
 * it writes anything, they are gone.</li>
 * <li>Snapshot: so often that recovery never reads more than {@code replay-limit} of the
 * log, the indexes are written too, for the checkpoints to come.</li>
 * </ol>
 *
 * If a step fails, the caller gets the cause; earlier checkpoints are untouched, nothing
 * in memory is forgotten, and the next checkpoint may succeed. Thread-safe.
 */
public final class CheckpointProcess {

    private static final Logger logger = LoggerFactory.getLogger(CheckpointProcess.class);

    /** If a snapshot is old at once, so many more are tried, with writers ever slower. */
    private static final int SLOW_SNAPSHOTS = 9;

    private static final Duration FIRST_SLOW_DOWN = Duration.ofMillis(1);

    private final CheckpointStore store;

    private final CheckpointSettings settings;

    private final Gate gate;

    private final HybridLog log;

    private final LogFlusher flusher;

    private final LogSegments segments;

    private final LogSegments indexSegments;

    private final boolean durable;

    private final CheckpointContents contents;

    private final Clock clock;

    private final LongSupplier nanoClock;

    private final Thread thread;

    private final CheckpointQueue queue;

    private final Deletions deletions = new Deletions();

    private final AtomicReference<CheckpointStatistics> statistics; // replaced as a whole

    private @Nullable FencedException fenced; // the thread only

    private volatile long run; // the thread writes

    private @Nullable IndexSnapshot snapshot; // the newest; the thread only

    private long lastCut; // the thread only

    // what was appended between the last two cuts; the thread only
    private long lastInterval;

    /**
     * Creates and starts the process.
     * @param store where checkpoints are committed
     * @param settings how they behave
     * @param gate keeps writers out for the cut
     * @param log the log in memory
     * @param flusher brings it to the device
     * @param segments the log on the device
     * @param indexSegments the log of the indexes' snapshots
     * @param durable whether checkpoints are committed at all, or only counted
     * @param run the present run
     * @param recovered the checkpoint that was recovered, if any
     * @param snapshot the snapshot that it was recovered from, if any
     * @param contents what checkpoints are taken of
     * @param clock the time of day
     * @param nanoClock the time in nanoseconds, from any origin
     */
    public CheckpointProcess(CheckpointStore store, CheckpointSettings settings, Gate gate, HybridLog log,
            LogFlusher flusher, LogSegments segments, LogSegments indexSegments, boolean durable, long run,
            @Nullable CompletedCheckpoint recovered, @Nullable IndexSnapshot snapshot, CheckpointContents contents,
            Clock clock, LongSupplier nanoClock) {
        this.store = store;
        this.settings = settings;
        this.gate = gate;
        this.log = log;
        this.flusher = flusher;
        this.segments = segments;
        this.indexSegments = indexSegments;
        this.durable = durable;
        this.run = run;
        this.snapshot = snapshot;
        this.lastCut = log.tail();
        this.contents = contents;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.queue = new CheckpointQueue(settings, nanoClock);
        this.statistics = new AtomicReference<>(CheckpointStatistics.of(recovered));
        this.thread = new Thread(this::run, "flowstate-checkpoint");
        this.thread.setDaemon(true);
        this.thread.start();
    }

    /**
     * Asks for a checkpoint and waits for its cut. Requests without metadata that wait
     * for their turn share one.
     * @param userMetadata the caller's bytes, or null if it has none
     * @return the future of the checkpoint
     * @throws CheckpointFailedException if its turn did not come in time
     * @throws StateInterruptedException if the thread was interrupted before its turn; no
     * checkpoint was taken for it
     */
    public CompletableFuture<CompletedCheckpoint> request(byte @Nullable [] userMetadata) {
        return this.queue.await(new CheckpointRequest(userMetadata));
    }

    /**
     * Asks for a restore and waits for its turn.
     * @param version the version to restore
     * @return the future of the checkpoint that it becomes
     * @throws CheckpointFailedException if its turn did not come in time
     * @throws StateInterruptedException if the thread was interrupted before its turn;
     * nothing was restored for it
     */
    public CompletableFuture<CompletedCheckpoint> requestRestore(long version) {
        return this.queue.await(CheckpointRequest.restore(version));
    }

    private void run() {
        try {
            for (CheckpointRequest request = this.queue.next(); request != null; request = this.queue.next()) {
                take(request);
            }
        }
        finally {
            this.deletions.await();
            this.queue.end();
        }
    }

    private void take(CheckpointRequest request) {
        CompletedCheckpoint completed;
        try {
            completed = request.isRestore() ? restore(request) : write(request);
        }
        catch (Throwable ex) {
            if (ex instanceof FencedException overtaken) {
                this.fenced = overtaken;
            }
            this.statistics.updateAndGet((before) -> before.failed(ex, this.clock.instant()));
            this.queue.proceed(request);
            request.fail(failure(request, ex));
            return;
        }
        request.result.complete(completed);
        forget();
        tidy(this::takeSnapshotAhead);
        this.contents.checkpointed();
    }

    private static RuntimeException failure(CheckpointRequest request, Throwable ex) {
        if (ex instanceof CheckpointFailedException failed) {
            return failed;
        }
        if (request.isRestore() && ex instanceof IllegalArgumentException refused) {
            return refused;
        }
        return new CheckpointFailedException(
                (request.isRestore() ? "checkpoint " + request.restoredVersion + " was not restored: "
                        : "the checkpoint did not become durable: ") + ex.getMessage(),
                ex);
    }

    /** Steps 1 to 3: after them the checkpoint is durable. */
    private CompletedCheckpoint write(CheckpointRequest request) {
        long bytesBefore = bytesWritten();
        if (this.fenced != null) {
            throw this.fenced;
        }
        Cut cut;
        long flushing;
        long committing;
        CompletedCheckpoint completed;
        boolean committed = false;
        try {
            cut = cut(this.store.nextVersion(), request);
            this.queue.proceed(request);
            this.deletions.awaitMuch();
            flushing = this.nanoClock.getAsLong();
            CheckpointMetadata metadata = flush(cut.metadata());
            this.deletions.await();
            committing = this.nanoClock.getAsLong();
            completed = this.store.commit(metadata, bytesWritten() - bytesBefore, this.settings.keep());
            committed = true;
        }
        finally {
            if (!committed) {
                this.contents.failed();
            }
        }
        takeOver(completed);
        Duration flush = Duration.ofNanos(committing - flushing);
        Duration commit = Duration.ofNanos(this.nanoClock.getAsLong() - committing);
        this.statistics.updateAndGet((before) -> before.completed(completed, cut.pause(), flush, commit));
        note(completed);
        return completed;
    }

    private void takeOver(CompletedCheckpoint completed) {
        try {
            this.contents.committed();
        }
        catch (Throwable ex) {
            throw new CheckpointFailedException(
                    "checkpoint " + completed.version() + " is durable, but memory could not follow it: "
                            + ex.getMessage() + "; close the state manager and open it again",
                    ex);
        }
    }

    private long bytesWritten() {
        return this.segments.bytesWritten() + this.contents.pageBytesWritten();
    }

    /** Brings everything that the cut has to the device. */
    private CheckpointMetadata flush(CheckpointMetadata cut) {
        if (!this.durable) {
            return cut;
        }
        PageLog pages = this.contents.writePages();
        this.flusher.flushUntil(cut.endAddress(), this.settings.timeout());
        return cut.withLogs(this.segments.ranges(cut.beginAddress(), cut.endAddress()), pages);
    }

    /**
     * Closes the gate so that the cut is not further from the newest snapshot than may be
     * replayed. If so much is appended meanwhile that a snapshot is old at once, the next
     * ones are taken while nobody cleans and writers are slowed down, twice as much each
     * time. Only units of work that append too much by themselves are not bounded so.
     */
    private void closeGateNearSnapshot() {
        if (!this.durable) {
            closeGate();
        }
        else if (!closesNearSnapshot()) {
            this.contents.withoutCleaning(this::closeGateWithSlowWriters);
        }
    }

    private void closeGateWithSlowWriters() {
        Duration slowDown = FIRST_SLOW_DOWN;
        try {
            for (int i = 0; i < SLOW_SNAPSHOTS; i++) {
                this.contents.slowDown(slowDown);
                if (closesNearSnapshot()) {
                    return;
                }
                slowDown = slowDown.multipliedBy(2);
            }
            closeGate();
            logger.warn(
                    "Opening this checkpoint would read {} bytes of the log, more than replay-limit ({}): units of"
                            + " work append so much while an index snapshot is taken",
                    replayBytes(), this.settings.replayLimit());
        }
        finally {
            this.contents.slowDown(Duration.ZERO);
        }
    }

    /**
     * Takes a snapshot if one is needed, and closes the gate.
     * @return false if so much was appended meanwhile that the gate was opened again
     */
    private boolean closesNearSnapshot() {
        if (replayBytes() > this.settings.replayLimit()) {
            takeSnapshot();
        }
        closeGate();
        if (replayBytes() <= this.settings.replayLimit()) {
            return true;
        }
        this.gate.open();
        return false;
    }

    /** What recovery would have to read if the cut were now. */
    private long replayBytes() {
        long from = (this.snapshot != null) ? this.snapshot.replayFrom() : 0;
        return LogAddress.alignToBlock(this.log.tail()) - Math.max(from, this.log.begin());
    }

    /**
     * So that the next checkpoint, if it is like this one, need not wait for a snapshot.
     */
    private void takeSnapshotAhead() {
        if (this.durable && replayBytes() + this.lastInterval > this.settings.replayLimit()) {
            takeSnapshot();
        }
    }

    private void takeSnapshot() {
        this.deletions.awaitMuch();
        long start = this.nanoClock.getAsLong();
        this.snapshot = this.contents.snapshotIndexes();
        Duration duration = Duration.ofNanos(this.nanoClock.getAsLong() - start);
        this.statistics.updateAndGet((before) -> before.snapshot(duration));
    }

    /** Verifies first; then commits the old content anew and goes on from it. */
    private CompletedCheckpoint restore(CheckpointRequest request) {
        this.queue.proceed(request);
        CommittedCheckpoint wanted = this.store.kept()
            .stream()
            .filter((kept) -> kept.version() == request.restoredVersion)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(
                    "checkpoint " + request.restoredVersion + " is not kept; those that can be restored are "
                            + this.store.kept().stream().map(CommittedCheckpoint::version).toList()));
        CheckpointMetadata metadata = this.store.read(wanted);
        this.contents.verify(metadata);
        this.deletions.await();
        AtomicReference<CompletedCheckpoint> result = new AtomicReference<>();
        this.contents.withoutCleaning(() -> result.set(goOnFrom(metadata)));
        return result.get();
    }

    private CompletedCheckpoint goOnFrom(CheckpointMetadata metadata) {
        closeGate();
        long closed = this.nanoClock.getAsLong();
        try {
            this.gate.shut();
            CheckpointMetadata again = metadata.again(this.store.nextVersion(), this.store.nextRun(),
                    this.contents.nextStateId());
            CompletedCheckpoint completed = this.store.commit(again, 0, this.settings.keep());
            this.contents.restore(again);
            this.run = again.run();
            this.snapshot = again.snapshot();
            this.lastCut = again.endAddress();
            Duration pause = Duration.ofNanos(this.nanoClock.getAsLong() - closed); // all
                                                                                    // of
                                                                                    // it
            this.statistics.updateAndGet((before) -> before.completed(completed, pause, Duration.ZERO, Duration.ZERO));
            note(completed);
            return completed;
        }
        finally {
            this.gate.open();
        }
    }

    private void note(CompletedCheckpoint completed) {
        try {
            this.store.note(completed);
        }
        catch (RuntimeException ex) {
            throw new CheckpointFailedException("checkpoint " + completed.version()
                    + " is durable, but could not be noted with the log, without which an older manifest would not be"
                    + " recognised: " + ex.getMessage(), ex);
        }
    }

    private Cut cut(long version, CheckpointRequest request) {
        closeGateNearSnapshot();
        long start = this.nanoClock.getAsLong();
        CutContents taken;
        long begin;
        long end;
        try {
            begin = this.log.begin();
            end = this.log.cut();
            this.lastInterval = end - this.lastCut;
            this.lastCut = end;
            taken = this.contents.atCut();
        }
        finally {
            this.gate.open();
        }
        Duration pause = Duration.ofNanos(this.nanoClock.getAsLong() - start);
        byte[] userMetadata = (request.userMetadata != null) ? request.userMetadata : new byte[0];
        return new Cut(
                new CheckpointMetadata(this.store.storeId(), version, this.run, begin, end, taken.largestRecord(),
                        taken.nextStateId(), taken.states(), List.of(), this.snapshot, PageLog.EMPTY, userMetadata),
                pause);
    }

    private void closeGate() {
        long deadline = this.nanoClock.getAsLong() + this.settings.gateTimeout().toNanos();
        long pause = this.settings.gatePause().toNanos();
        while (true) {
            long left = deadline - this.nanoClock.getAsLong();
            Thread inside = this.gate.unitInside();
            if (left <= 0) {
                throw new CheckpointFailedException("waited " + this.settings.gateTimeout()
                        + " (checkpoint.gate-timeout) for a unit of work to end"
                        + ((inside != null) ? ", in thread " + inside.getName() : "") + "; keep units of work short");
            }
            if (this.gate.tryClose(Duration.ofNanos(Math.min(pause, left)))) {
                return;
            }
            this.queue.pause(Math.min(pause, left));
            pause *= 2;
        }
    }

    /**
     * The checkpoint stands, whatever happens here; what fails is tried again after the
     * next one.
     */
    private void forget() {
        Collection<LogSegment> needed = this.store.neededSegments();
        Collection<LogSegment> released = this.store.takeReleased();
        tidy(() -> this.segments.retain(this.log.begin(), needed, released));
        tidy(() -> this.indexSegments.retain(beginOfSnapshots(), needed, released));
        tidy(() -> this.contents.retainPages(needed, released));
        boolean much = this.segments.hasMuchReleased() || this.indexSegments.hasMuchReleased()
                || this.contents.hasMuchReleased();
        this.deletions.begin(much, () -> {
            tidy(this.segments::deleteReleased);
            tidy(this.indexSegments::deleteReleased);
            tidy(this.contents::deletePages);
            tidy(this.store::deleteMetadata);
        });
    }

    private long beginOfSnapshots() {
        return (this.snapshot != null) ? this.snapshot.segments().get(0).startAddress() : Long.MAX_VALUE;
    }

    private void tidy(Runnable step) {
        try {
            step.run();
        }
        catch (Throwable ex) {
            logger.warn("Checkpoint completed, but the work after it (deleting what it made superfluous, or a snapshot"
                    + " of the indexes for the next) failed; tried again later", ex);
            this.statistics.updateAndGet((before) -> before.troubled(ex, this.clock.instant()));
        }
    }

    /**
     * Notes that the storage has not answered in time, which this thread cannot say while
     * it waits for it.
     * @param failure what the caller was told
     */
    public void overdue(CheckpointFailedException failure) {
        this.statistics.updateAndGet((before) -> before.troubled(failure, this.clock.instant()));
    }

    /** The present run. */
    public long presentRun() {
        return this.run;
    }

    /** How checkpoints went so far. */
    public CheckpointStatistics statistics() {
        return this.statistics.get();
    }

    /**
     * Ends the process: waiting requests fail, one under way is let finish.
     * @param last what gives the places free; done once the thread has ended, by the
     * caller or, if the storage does not answer in time, by the thread itself
     * @throws StorageUnavailableException if the thread has not ended in time: the places
     * stay taken until it does
     */
    public void close(Runnable last) {
        if (this.queue.close(last)) {
            last.run();
        }
        else {
            throw new StorageUnavailableException("a checkpoint has been under way for " + this.settings.timeout()
                    + " (checkpoint.timeout) and the storage does not answer; the store stays locked until it does");
        }
    }

    private record Cut(CheckpointMetadata metadata, Duration pause) {
    }

}
