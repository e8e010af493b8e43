package io.flowstate;

import java.time.Duration;
import java.util.Collection;
import java.util.Objects;

import io.flowstate.internal.checkpoint.CheckpointContents;
import io.flowstate.internal.checkpoint.CheckpointMetadata;
import io.flowstate.internal.checkpoint.PageLog;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.kv.CleaningProcess;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.internal.kv.IndexSnapshots;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.kv.RecordRecovery;
import io.flowstate.internal.kv.RecoveryProgress;
import io.flowstate.internal.page.PageCheckpoint;
import io.flowstate.storage.IncompatibleStateException;
import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;

/**
 * What an open store consists of, as its checkpoints see it.
 */
final class StoreContents implements CheckpointContents {

    private final StoreLogs logs;

    private final RecordEngine engine;

    private final LogFlusher flusher;

    private final LogSegments indexSegments;

    private final Catalogue catalogue;

    private final RecordStates recordStates;

    private final StorePages pages;

    private final CleaningProcess cleaning;

    private final IndexSnapshots snapshots;

    // of a checkpoint under way; the checkpoint thread only
    private @Nullable PageCheckpoint cut;

    StoreContents(StoreLogs logs, RecordEngine engine, LogFlusher flusher, LogSegments indexSegments,
            Catalogue catalogue, RecordStates recordStates, StorePages pages, CleaningProcess cleaning) {
        this.logs = logs;
        this.engine = engine;
        this.flusher = flusher;
        this.indexSegments = indexSegments;
        this.catalogue = catalogue;
        this.recordStates = recordStates;
        this.pages = pages;
        this.cleaning = cleaning;
        this.snapshots = new IndexSnapshots(engine, indexSegments);
    }

    @Override
    public CutContents atCut() {
        this.engine.checkOpen(); // nothing half changed becomes durable
        try {
            this.cut = this.pages.freeze();
            return new CutContents(this.catalogue.states(), this.catalogue.nextId(), this.engine.largestRecord());
        }
        catch (Throwable ex) {
            this.engine.fail(ex); // of some states nobody knows any more what has changed
            throw ex;
        }
    }

    @Override
    public PageLog writePages() {
        return this.pages.write(Objects.requireNonNull(this.cut, "no cut"));
    }

    @Override
    public void committed() {
        PageCheckpoint committed = this.cut;
        this.cut = null;
        if (committed != null) {
            try {
                committed.commit();
            }
            catch (Throwable ex) {
                this.engine.fail(ex); // the next checkpoint would miss pages
                throw ex;
            }
        }
    }

    @Override
    public void failed() {
        PageCheckpoint failed = this.cut;
        this.cut = null;
        if (failed != null) {
            failed.fail();
        }
    }

    @Override
    public long pageBytesWritten() {
        return this.pages.segments().bytesWritten();
    }

    @Override
    public void retainPages(Collection<LogSegment> needed, Collection<LogSegment> released) {
        this.pages.store().retain(needed, released);
    }

    @Override
    public boolean hasMuchReleased() {
        return this.pages.store().hasMuchReleased();
    }

    @Override
    public void deletePages() {
        try {
            this.pages.store().deleteReleased();
        }
        finally {
            this.pages.tiers().deleteEmptyFiles();
        }
    }

    @Override
    public int nextStateId() {
        return this.catalogue.nextId();
    }

    @Override
    public IndexSnapshot snapshotIndexes() {
        long replayFrom = this.engine.tail(); // before the tables are listed
        return this.snapshots.take(replayFrom, this.recordStates.checkpointedTables());
    }

    @Override
    public void verify(CheckpointMetadata metadata) {
        if (metadata.largestRecord() > this.logs.pageSize()) {
            throw new IncompatibleStateException("checkpoint " + metadata.version() + " may hold a record of "
                    + metadata.largestRecord() + " bytes, but page-size is " + this.logs.pageSize()
                    + " bytes; open the store with a page-size of at least that to restore it");
        }
        try (LogSegments records = this.logs.records(metadata, metadata.run());
                LogSegments indexes = this.logs.indexes(metadata, metadata.run());
                LogSegments pageSegments = this.logs.pages(metadata, metadata.run())) {
            RecordRecovery.verify(records, indexes, metadata.snapshot(), metadata.replayFrom(), metadata.endAddress());
            this.pages.verify(pageSegments, metadata);
        }
    }

    @Override
    public void slowDown(Duration pause) {
        this.engine.slowDownForSnapshot(pause);
    }

    @Override
    public void withoutCleaning(Runnable action) {
        this.cleaning.exclude(action);
    }

    @Override
    public void restore(CheckpointMetadata metadata) {
        this.engine.noteRestore();
        this.pages.tiers().beginRestore();
        try {
            // the tables first: by them a reader tells that it was the right log
            replaceTables(metadata);
            this.flusher.restart(metadata.run(), metadata.segments(), metadata.beginAddress(), metadata.endAddress());
            this.indexSegments.restart(metadata.run(), StoreLogs.snapshotSegments(metadata),
                    StoreLogs.snapshotEnd(metadata));
            this.pages.restart(metadata);
            recover(metadata, RecoveryListener.NONE);
        }
        catch (Throwable ex) {
            this.engine.fail(ex); // committed, but not in memory
            throw ex;
        }
        finally {
            this.pages.tiers().endRestore();
        }
    }

    /**
     * Fills catalogue, indexes and page tables from a checkpoint.
     * @param metadata the checkpoint
     * @param listener hears how far it has come
     * @return the bytes of the record log that were read
     */
    long load(CheckpointMetadata metadata, RecoveryListener listener) {
        replaceTables(metadata);
        return recover(metadata, listener);
    }

    private void replaceTables(CheckpointMetadata metadata) {
        this.engine.noteRecord(metadata.largestRecord());
        this.catalogue.replace(metadata.states(), metadata.nextStateId(),
                metadata.endAddress() - metadata.beginAddress());
    }

    private long recover(CheckpointMetadata metadata, RecoveryListener listener) {
        this.pages.recover(metadata.pageLog());
        this.engine.beginCycle();
        RecordRecovery recovery = new RecordRecovery(this.engine, this.indexSegments, this.recordStates::byId,
                new RecoveryProgress(listener::progressed));
        recovery.recover(metadata.snapshot(), metadata.beginAddress(), metadata.endAddress());
        return recovery.replayedBytes();
    }

    @Override
    public void checkpointed() {
        this.cleaning.request();
    }

}
