package io.flowstate;

import java.time.Duration;

import io.flowstate.internal.checkpoint.CheckpointContents;
import io.flowstate.internal.checkpoint.CheckpointMetadata;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.kv.CleaningProcess;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.internal.kv.IndexSnapshots;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.kv.RecordRecovery;
import io.flowstate.storage.IncompatibleStateException;

/**
 * What an open store consists of, as its checkpoints see it.
 */
final class StoreContents implements CheckpointContents {

    private final StoreLogs logs;

    private final RecordEngine engine;

    private final LogFlusher flusher;

    private final LogSegments indexSegments;

    private final Catalogue catalogue;

    private final CleaningProcess cleaning;

    private final IndexSnapshots snapshots;

    StoreContents(StoreLogs logs, RecordEngine engine, LogFlusher flusher, LogSegments indexSegments,
            Catalogue catalogue, CleaningProcess cleaning) {
        this.logs = logs;
        this.engine = engine;
        this.flusher = flusher;
        this.indexSegments = indexSegments;
        this.catalogue = catalogue;
        this.cleaning = cleaning;
        this.snapshots = new IndexSnapshots(engine, indexSegments);
    }

    @Override
    public CutContents atCut() {
        this.engine.checkOpen(); // nothing half changed becomes durable
        return new CutContents(this.catalogue.states(), this.catalogue.nextId(), this.engine.largestRecord());
    }

    @Override
    public IndexSnapshot snapshotIndexes() {
        long replayFrom = this.engine.tail(); // before the tables are listed
        return this.snapshots.take(replayFrom, this.catalogue.tables());
    }

    @Override
    public void verify(CheckpointMetadata metadata) {
        if (metadata.largestRecord() > this.logs.pageSize()) {
            throw new IncompatibleStateException("checkpoint " + metadata.version() + " may hold a record of "
                    + metadata.largestRecord() + " bytes, but page-size is " + this.logs.pageSize()
                    + " bytes; open the store with a page-size of at least that to restore it");
        }
        try (LogSegments records = this.logs.records(metadata, metadata.run());
                LogSegments indexes = this.logs.indexes(metadata, metadata.run())) {
            RecordRecovery.verify(records, indexes, metadata.snapshot(), metadata.replayFrom(), metadata.endAddress());
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
        try {
            // the tables first: who reads from the device tells by them that it was the
            // right log
            replaceTables(metadata);
            this.flusher.restart(metadata.run(), metadata.segments(), metadata.beginAddress(), metadata.endAddress());
            this.indexSegments.restart(metadata.run(), StoreLogs.snapshotSegments(metadata),
                    StoreLogs.snapshotEnd(metadata));
            recover(metadata);
        }
        catch (Throwable ex) {
            this.engine.fail(ex); // committed, but not in memory
            throw ex;
        }
    }

    /**
     * Fills catalogue and indexes from a checkpoint.
     * @return the bytes of the log that were read
     */
    long load(CheckpointMetadata metadata) {
        replaceTables(metadata);
        return recover(metadata);
    }

    private void replaceTables(CheckpointMetadata metadata) {
        this.engine.noteRecord(metadata.largestRecord());
        this.catalogue.replace(metadata.states(), metadata.nextStateId(),
                metadata.endAddress() - metadata.beginAddress());
    }

    private long recover(CheckpointMetadata metadata) {
        this.engine.beginCycle();
        RecordRecovery recovery = new RecordRecovery(this.engine, this.indexSegments, this.catalogue::byId);
        recovery.recover(metadata.snapshot(), metadata.beginAddress(), metadata.endAddress());
        return recovery.replayedBytes();
    }

    @Override
    public void checkpointed() {
        this.cleaning.request();
    }

}
