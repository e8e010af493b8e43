package io.flowstate;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;

import io.flowstate.StateManagerOptions.OnUnreadableCheckpoint;
import io.flowstate.internal.checkpoint.BoundedCheckpointManager;
import io.flowstate.internal.checkpoint.CheckpointMetadata;
import io.flowstate.internal.checkpoint.CheckpointProcess;
import io.flowstate.internal.checkpoint.CheckpointSettings;
import io.flowstate.internal.checkpoint.CheckpointStore;
import io.flowstate.internal.checkpoint.CompletedCheckpoint;
import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.BoundedLogDevice;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.StorageCalls;
import io.flowstate.internal.index.IndexMemory;
import io.flowstate.internal.kv.CleaningProcess;
import io.flowstate.internal.kv.FoldedHash;
import io.flowstate.internal.kv.KeyHash;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.memory.DirectMemory;
import io.flowstate.internal.page.ModifiedPageFile;
import io.flowstate.internal.page.PageTiers;
import io.flowstate.internal.page.PageTiersSettings;
import io.flowstate.internal.pagestore.PageCodecs;
import io.flowstate.internal.pagestore.PageStore;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Manifest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a store: takes its places, finds the checkpoint to go on from, verifies and
 * replays it, and only then writes the first byte, the manifest of the new run. If
 * anything fails before that, every file is left as it was. If the storage does not
 * answer, the opening fails after {@code device-timeout}, and what it has taken is given
 * free as soon as the storage does.
 */
final class StoreOpening {

    private static final Logger logger = LoggerFactory.getLogger(StoreOpening.class);

    private final StateManagerOptions options;

    private final RecoveryListener listener;

    private final Clock clock;

    private final LongSupplier nanoClock;

    private final CheckpointManager manager;

    private final DirectMemory logMemory;

    private @Nullable BoundedLogDevice device;

    private @Nullable LogFlusher flusher;

    private @Nullable CleaningProcess cleaning;

    private @Nullable StorePages pages;

    private @Nullable OpenStateManager store;

    private StoreOpening(StateManagerOptions options, RecoveryListener listener, Clock clock, LongSupplier nanoClock) {
        this.options = options;
        this.listener = listener;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.manager = new BoundedCheckpointManager(options.persistentStorage().checkpointManager(),
                options.deviceTimeout(), nanoClock);
        this.logMemory = new DirectMemory("memory-size", options.memorySize());
    }

    /**
     * Opens a store.
     * @param options its options
     * @param listener hears how far it has come
     * @param clock the time of day
     * @param nanoClock the time in nanoseconds, from any origin
     * @return the open store
     */
    static OpenStateManager open(StateManagerOptions options, RecoveryListener listener, Clock clock,
            LongSupplier nanoClock) {
        try {
            return new StoreOpening(options, listener, clock, nanoClock).open();
        }
        catch (CorruptStateException | IncompatibleFormatException ex) {
            if (options.onUnreadableCheckpoint() != OnUnreadableCheckpoint.START_EMPTY) {
                throw ex;
            }
            logger.error("The store cannot be read; moving its files aside and starting empty, as "
                    + "on-unreadable-checkpoint says", ex);
            new StoreOpening(options, listener, clock, nanoClock).setAside();
            return new StoreOpening(options, listener, clock, nanoClock).open();
        }
    }

    private void setAside() {
        String owner = describeOwner();
        this.manager.setAside(owner);
        LogDeviceFactory logs = this.options.persistentStorage().logDeviceFactory();
        try (StorageCalls calls = new StorageCalls("flowstate-device", this.options.deviceTimeout(), this.nanoClock)) {
            calls.run("setting aside the logs", () -> logs.setAside(owner));
        }
    }

    private OpenStateManager open() {
        long start = this.nanoClock.getAsLong();
        checkJvmLimit();
        String owner = describeOwner();
        Manifest manifest = this.manager.open(owner).orElse(null);
        try {
            BoundedLogDevice opened = BoundedLogDevice.open(this.options.persistentStorage().logDeviceFactory(), owner,
                    this.options.deviceTimeout(), this.nanoClock);
            this.device = opened;
            CheckpointStore checkpoints = CheckpointStore.open(this.manager, opened, manifest, this.clock);
            Recovered recovered = recoverWithMemory(opened, checkpoints);
            OpenParts parts = begin(opened, checkpoints, recovered);
            opened.opened();
            OpenStateManager store = new OpenStateManager(parts, this.options, this.clock.instant(),
                    Duration.ofNanos(this.nanoClock.getAsLong() - start));
            this.store = store;
            this.pages = null; // the store closes them
            if (recovered.goesBack()) {
                makeNewest(store, recovered);
            }
            return store;
        }
        catch (Throwable ex) {
            closeAfter(ex);
            throw ex;
        }
    }

    /** The sum of all bounds against what the JVM gives. */
    private void checkJvmLimit() {
        long limit = DirectMemory.jvmLimitBytes();
        if (this.options.memorySize() > limit - this.options.indexMemory()) {
            throw new IllegalArgumentException("memory-size (" + this.options.memorySize()
                    + " bytes) and index-memory (" + this.options.indexMemory()
                    + " bytes) together may take more outside the heap than the JVM gives, " + limit + " bytes"
                    + "; lower them, or raise -XX:MaxDirectMemorySize (by default as large as the heap, -Xmx)");
        }
    }

    private String describeOwner() {
        return "process " + ManagementFactory.getRuntimeMXBean().getName() + " since "
                + this.clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    // From here to begin, nothing is written.

    /**
     * Takes the memory of the log beside the recovery: all of it is touched, which takes
     * half a second for a gigabyte. Leaves no thread behind.
     */
    private Recovered recoverWithMemory(LogDevice opened, CheckpointStore checkpoints) {
        CompletableFuture<ByteBuffer[]> frames = CompletableFuture.supplyAsync(this::takeFrames,
                (task) -> new Thread(null, task, "flowstate-memory", 0, false).start());
        Recovered recovered;
        try {
            recovered = recover(opened, checkpoints);
        }
        catch (Throwable ex) {
            awaitAfter(ex, frames);
            throw ex;
        }
        recovered.log().frames(await(frames));
        return recovered;
    }

    /** If the memory was refused, that is the reason: little else can have found any. */
    private static void awaitAfter(Throwable failure, CompletableFuture<ByteBuffer[]> frames) {
        try {
            await(frames);
        }
        catch (Throwable refusal) {
            if (refusal != failure) { // the JVM may use one for all
                refusal.addSuppressed(failure);
            }
            throw refusal;
        }
    }

    private Recovered recover(LogDevice opened, CheckpointStore checkpoints) {
        List<CommittedCheckpoint> kept = checkpoints.kept();
        if (kept.isEmpty()) {
            return recover(opened, checkpoints, null, false);
        }
        for (int i = kept.size() - 1;; i--) {
            try {
                return recover(opened, checkpoints, kept.get(i), i < kept.size() - 1);
            }
            catch (CorruptStateException | IncompatibleFormatException ex) {
                if (i == 0 || this.options.onUnreadableCheckpoint() != OnUnreadableCheckpoint.USE_PREVIOUS) {
                    throw ex;
                }
                logger.error(
                        "Checkpoint {} cannot be read; going on from an older one, as on-unreadable-checkpoint says",
                        kept.get(i).version(), ex);
            }
        }
    }

    private Recovered recover(LogDevice opened, CheckpointStore checkpoints, @Nullable CommittedCheckpoint checkpoint,
            boolean goesBack) {
        CheckpointMetadata metadata = (checkpoint != null) ? checkpoints.read(checkpoint)
                : CheckpointMetadata.empty(checkpoints.storeId());
        Epochs epochs = new Epochs();
        Gate gate = new Gate(epochs, this.nanoClock, this.options.checkpointTimeout());
        HybridLog log = new HybridLog(epochs, this.options.pageSize(), pageCount(), metadata.beginAddress(),
                metadata.endAddress());
        StoreLogs logs = new StoreLogs(opened, checkpoints.storeId(), this.options.segmentSize(),
                StoreLogs.pageSegmentSize(this.options.segmentSize(), this.options.statePageSize(), metadata),
                this.options.pageSize(), this.options.deviceTimeout(), this.nanoClock);
        LogSegments segments = logs.records(metadata, checkpoints.nextRun());
        LogSegments indexSegments = logs.indexes(metadata, checkpoints.nextRun());
        segments.verify();
        indexSegments.verify();
        stopThreads();
        LogFlusher started = new LogFlusher(log, segments, this.options.deviceTimeout(), this.nanoClock,
                "flowstate-log");
        this.flusher = started;
        IndexMemory indexMemory = new IndexMemory(this.options.indexMemory());
        KeyHash hash = new FoldedHash(checkpoints.storeId().getLeastSignificantBits());
        RecordEngine engine = new RecordEngine(epochs, gate, log, started, segments, indexMemory, hash);
        RecordStates recordStates = new RecordStates(engine);
        StorePages pages = openPages(logs, metadata, checkpoints.nextRun(), engine);
        Catalogue catalogue = new Catalogue(engine::checkOpen, gate, recordStates, pages.states());
        CleaningProcess cleaner = new CleaningProcess(engine, recordStates::byId, recordStates::tables,
                this.options.segmentSize(), this.manager.durable() ? () -> {
                } : () -> forgetCleaned(log, segments));
        this.cleaning = cleaner;
        StoreContents contents = new StoreContents(logs, engine, started, indexSegments, catalogue, recordStates, pages,
                cleaner);
        long replayedBytes = contents.load(metadata, this.listener);
        return new Recovered(checkpoint, metadata, goesBack, replayedBytes, gate, log, segments, indexSegments, started,
                indexMemory, engine, catalogue, cleaner, contents, pages);
    }

    private StorePages openPages(StoreLogs logs, CheckpointMetadata metadata, long run, RecordEngine engine) {
        LogSegments segments = logs.pages(metadata, run);
        segments.verify();
        PageCodecs codecs = new PageCodecs(this.options.compression());
        PageStore pageStore = new PageStore(segments, codecs, logs.pageSegmentSize());
        PageTiersSettings settings = new PageTiersSettings(this.options.cachePageCount(), this.options.cacheMemory(),
                this.options.readCache(), this.options.deviceTimeout());
        StorageCalls fileCalls = new StorageCalls("flowstate-temporary", this.options.deviceTimeout(), this.nanoClock);
        ModifiedPageFile file = fileCalls.call(
                "opening the modified-page file", () -> ModifiedPageFile.open(this.options.temporaryFiles(),
                        this.options.temporaryDirectory(), this.options.temporarySizeLimit(), describeOwner()),
                ModifiedPageFile::close);
        PageTiers tiers = new PageTiers(settings, engine.gate(), pageStore, file, fileCalls, engine::checkOpen,
                engine::fail, this.nanoClock);
        StorePages opened = new StorePages(segments, pageStore, tiers,
                new PagedStates(tiers, this.options.statePageSize(), this.manager.durable()), this.options.readCache(),
                this.manager.durable(), fileCalls);
        this.pages = opened;
        return opened;
    }

    private void stopThreads() {
        if (this.cleaning != null) {
            this.cleaning.close();
        }
        if (this.flusher != null) {
            this.flusher.close();
        }
        StorePages opened = this.pages;
        this.pages = null;
        if (opened != null) {
            opened.close();
        }
    }

    private int pageCount() {
        return (int) (this.options.memorySize() / this.options.pageSize());
    }

    /** Without checkpoints nobody else needs what was cleaned. */
    private static void forgetCleaned(HybridLog log, LogSegments segments) {
        segments.retain(log.begin(), List.of(), List.of());
        segments.deleteReleased();
    }

    private ByteBuffer[] takeFrames() {
        ByteBuffer[] frames = new ByteBuffer[pageCount()];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = this.logMemory.take(this.options.pageSize());
        }
        return frames;
    }

    private static ByteBuffer[] await(CompletableFuture<ByteBuffer[]> frames) {
        try {
            return frames.join();
        }
        catch (CompletionException ex) {
            if (ex.getCause() instanceof Error error) {
                throw error;
            }
            throw (ex.getCause() instanceof RuntimeException cause) ? cause : ex;
        }
    }

    private OpenParts begin(LogDevice opened, CheckpointStore checkpoints, Recovered recovered) {
        long run = checkpoints.nextRun();
        checkpoints.beginRun(run);
        CheckpointSettings settings = new CheckpointSettings(this.options.checkpointsToKeep(),
                this.options.checkpointGatePause(), this.options.checkpointGateTimeout(),
                this.options.checkpointTimeout(), this.options.replayLimit());
        CheckpointProcess process = new CheckpointProcess(checkpoints, settings, recovered.gate(), recovered.log(),
                recovered.flusher(), recovered.segments(), recovered.indexSegments(), this.manager.durable(), run,
                recovered.completed(), recovered.metadata().snapshot(), recovered.contents(), this.clock,
                this.nanoClock);
        return new OpenParts(this.manager, opened, checkpoints, this.logMemory, recovered.indexMemory(),
                recovered.gate(), recovered.segments(), recovered.indexSegments(), recovered.log(), recovered.flusher(),
                recovered.engine(), recovered.catalogue(), recovered.cleaning(), recovered.pages(), process,
                recovered.replayedBytes());
    }

    /**
     * Commits an older checkpoint again, so that the next opening finds it as the newest.
     */
    private static void makeNewest(OpenStateManager store, Recovered recovered) {
        Checkpoint committed = store.goOnFrom(recovered.metadata().version(), recovered.metadata().userMetadata());
        logger.warn("Went on from checkpoint {}, committed again as checkpoint {}", recovered.metadata().version(),
                committed.version());
    }

    private void closeAfter(Throwable failure) {
        List<Runnable> closings = new ArrayList<>();
        if (this.store != null) {
            closings.add(this.store::close);
        }
        closings.add(this::stopThreads);
        if (this.device != null) {
            closings.add(this.device::close);
        }
        closings.add(this.manager::close);
        for (Runnable closing : closings) {
            try {
                closing.run();
            }
            catch (RuntimeException ex) {
                failure.addSuppressed(ex);
            }
        }
    }

    private record Recovered(@Nullable CommittedCheckpoint checkpoint, CheckpointMetadata metadata, boolean goesBack,
            long replayedBytes, Gate gate, HybridLog log, LogSegments segments, LogSegments indexSegments,
            LogFlusher flusher, IndexMemory indexMemory, RecordEngine engine, Catalogue catalogue,
            CleaningProcess cleaning, StoreContents contents, StorePages pages) {

        @Nullable CompletedCheckpoint completed() {
            if (this.checkpoint == null) {
                return null;
            }
            Instant completedAt = this.checkpoint.completedAt();
            return new CompletedCheckpoint(this.checkpoint.version(), this.metadata.userMetadata(), completedAt,
                    this.checkpoint.sizeBytes());
        }

    }

}
