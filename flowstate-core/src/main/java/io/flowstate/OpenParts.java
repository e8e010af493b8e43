package io.flowstate;

import io.flowstate.internal.checkpoint.CheckpointProcess;
import io.flowstate.internal.checkpoint.CheckpointStore;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.index.IndexMemory;
import io.flowstate.internal.kv.CleaningProcess;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.memory.DirectMemory;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDevice;

/**
 * The parts of an open store, and what its opening had to read.
 */
record OpenParts(CheckpointManager checkpointManager, LogDevice device, CheckpointStore checkpoints,
        DirectMemory logMemory, IndexMemory indexMemory, Gate gate, LogSegments segments, LogSegments indexSegments,
        HybridLog log, LogFlusher flusher, RecordEngine engine, Catalogue catalogue, CleaningProcess cleaning,
        StorePages pages, CheckpointProcess process, long replayedBytes) {
}
