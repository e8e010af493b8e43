package io.flowstate;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * An open store: the one writer of a log directory and a checkpoint directory.
 * Thread-safe.
 *
 * <p>
 * What is changed is durable from the next completed checkpoint on, all of it at once;
 * after a crash the store is exactly as that checkpoint saw it. Every method but
 * {@link #close} throws {@link IllegalStateException} once it is closed.
 */
public interface StateManager extends AutoCloseable {

    /**
     * Opens a store and recovers its newest checkpoint, or starts empty if there never
     * was one.
     * @param options where it lies and how large it may become
     * @return the open store
     * @throws io.flowstate.storage.StateLockedException if another state manager has it
     * open
     * @throws io.flowstate.storage.CorruptStateException if the newest checkpoint cannot
     * be read; every file is left as it was
     */
    static StateManager open(StateManagerOptions options) {
        return open(options, RecoveryListener.NONE);
    }

    /**
     * Opens a store, and says meanwhile how far that has come.
     * @param options where it lies and how large it may become
     * @param listener hears of the progress
     * @return the open store
     * @throws io.flowstate.storage.StateLockedException if another state manager has it
     * open
     * @throws io.flowstate.storage.CorruptStateException if the newest checkpoint cannot
     * be read; every file is left as it was
     */
    static StateManager open(StateManagerOptions options, RecoveryListener listener) {
        return StoreOpening.open(options, listener, Clock.systemUTC(), System::nanoTime);
    }

    /**
     * A part of the state at the top level.
     * @param name its name, any non-empty text up to 200 characters
     * @return the scope
     */
    StateScope scope(String name);

    /**
     * Runs a unit of work: a checkpoint has all changes that this thread makes in it, or
     * none. A unit within a unit joins it. If it throws, what it had changed counts as
     * the whole unit (nothing is rolled back) and the exception goes on. Keep it short: a
     * checkpoint waits for it, and other writers wait for the checkpoint.
     * @param unit the work; changes made by other threads are not part of it
     */
    void update(Runnable unit);

    /**
     * Takes a checkpoint and returns when it is durable.
     * @return the checkpoint
     * @throws IllegalStateException inside a unit of work
     * @throws io.flowstate.storage.CheckpointFailedException if it did not become durable
     */
    Checkpoint checkpoint();

    /**
     * Takes a checkpoint that carries metadata and returns when it is durable.
     * @param metadata any bytes, at most {@code checkpoint.metadata-limit}
     * @return the checkpoint
     * @throws IllegalStateException inside a unit of work
     * @throws io.flowstate.storage.CheckpointFailedException if it did not become durable
     */
    Checkpoint checkpoint(byte[] metadata);

    /**
     * Takes a checkpoint: returns when the cut is made, so that all this thread did
     * before is in it and nothing it does afterwards; the future completes when it is
     * durable.
     * @return the future of the checkpoint; fails with
     * {@link io.flowstate.storage.CheckpointFailedException}
     */
    CompletableFuture<Checkpoint> checkpointAsync();

    /**
     * As {@link #checkpointAsync()}, with metadata.
     * @param metadata any bytes, at most {@code checkpoint.metadata-limit}
     * @return the future of the checkpoint
     */
    CompletableFuture<Checkpoint> checkpointAsync(byte[] metadata);

    /**
     * The newest completed checkpoint; after opening, the one recovered.
     * @return the checkpoint, empty if there never was one
     */
    Optional<Checkpoint> lastCheckpoint();

    /**
     * The kept checkpoints that can be restored, newest first; empty for temporary
     * storage.
     * @return a snapshot
     */
    List<Checkpoint> checkpoints();

    /**
     * Goes back to the content of a kept checkpoint, and commits it with its metadata as
     * a new checkpoint, so that a reopening finds it and it can itself be undone. What
     * came after it and is in no kept checkpoint is gone. That checkpoint is read and
     * verified first: if it is unreadable, nothing changes. Handles stay valid and show
     * the restored content; a handle of a state that did not exist then throws
     * {@link IllegalStateException} naming it, and so do open cursors. Other threads wait
     * meanwhile.
     * @param version one of {@link #checkpoints()}
     * @return the checkpoint that it has become
     * @throws IllegalArgumentException if that version is not kept
     * @throws IllegalStateException inside a unit of work, and on temporary storage
     * @throws io.flowstate.storage.CheckpointFailedException if it cannot be read or
     * committed
     */
    Checkpoint restore(long version);

    /**
     * Takes a checkpoint and cleans the whole log: what still counts is written once
     * more, and the space of all else is given back, as far as no kept checkpoint needs
     * it. Cleaning also runs by itself; this is for those who want the space at once.
     * Others go on meanwhile. Ends with another checkpoint; both carry no metadata.
     * @throws IllegalStateException inside a unit of work
     */
    void compact();

    /**
     * A snapshot of what the store counts. Takes no lock and touches no medium.
     * @return the statistics
     */
    StateManagerStats stats();

    /**
     * The states of all scopes, in the order of scopes and names, with what is known of
     * them: nothing is counted for it, and nothing read from a medium.
     * @return a snapshot
     */
    List<StateSummary> states();

    /**
     * Closes the store without a checkpoint: what came after the last one is gone, as
     * after a crash. A checkpoint under way is let finish, at most
     * {@code checkpoint.timeout}. May be called again.
     */
    @Override
    void close();

}
