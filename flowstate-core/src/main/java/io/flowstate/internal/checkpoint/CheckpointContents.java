package io.flowstate.internal.checkpoint;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.LogSegment;

/**
 * What checkpoints are taken of, and restored to. Called by the checkpoint thread, where
 * nothing else is said.
 */
public interface CheckpointContents {

    /**
     * Takes what belongs to a cut beside the log. The gate is closed: must not wait. Then
     * either {@link #committed} or {@link #failed} is called.
     */
    CutContents atCut();

    /**
     * Writes the pages that the cut has, durable when this returns.
     * @return where they are
     */
    PageLog writePages();

    /** The checkpoint of the cut is committed. */
    void committed();

    /** The checkpoint of the cut has failed: nothing is forgotten. */
    void failed();

    /** The bytes of pages written so far. */
    long pageBytesWritten();

    /**
     * Forgets what is not needed any more of the page log.
     * @param needed segments that kept checkpoints need
     * @param released segments of checkpoints that are kept no longer
     */
    void retainPages(Collection<LogSegment> needed, Collection<LogSegment> released);

    /** Whether much of the page log is forgotten that is not deleted yet. */
    boolean hasMuchReleased();

    /**
     * Deletes what is not needed any more of the page log and of the modified-page file.
     * Any thread.
     */
    void deletePages();

    /** The id of the next new state. */
    int nextStateId();

    /** Takes a snapshot of the indexes while writers go on; durable when this returns. */
    IndexSnapshot snapshotIndexes();

    /**
     * Reads all that restoring a checkpoint would read, every byte verified, and changes
     * nothing.
     */
    void verify(CheckpointMetadata metadata);

    /**
     * Lets each change, or unit of work, take so much longer, until this is called again.
     * @param pause how long it waits before it begins; zero to let it wait no more
     */
    void slowDown(Duration pause);

    /** Keeps cleaning from going on while something is done. */
    void withoutCleaning(Runnable action);

    /**
     * Replaces everything in memory by the content of a checkpoint. The gate is shut.
     * @param metadata the checkpoint, committed as taken by the new run
     */
    void restore(CheckpointMetadata metadata);

    /**
     * Frees what a checkpoint has made superfluous.
     */
    void checkpointed();

    /**
     * What belongs to a cut beside the log.
     *
     * @param states the catalogue
     * @param nextStateId the id of the next new state
     * @param largestRecord the size of the largest record ever written
     */
    record CutContents(List<RecordedState> states, int nextStateId, int largestRecord) {
    }

}
