package io.flowstate.internal.checkpoint;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint that was asked for, by one caller or by several who share it; or a restore
 * of an older one.
 */
final class CheckpointRequest {

    final byte @Nullable [] userMetadata;

    /** The version to restore; 0 for a new checkpoint. */
    final long restoredVersion;

    final CompletableFuture<CompletedCheckpoint> result = new CompletableFuture<>();

    int callers; // guarded by the lock of the process

    boolean cut; // guarded by the lock of the process

    CheckpointRequest(byte @Nullable [] userMetadata) {
        this(userMetadata, 0);
    }

    private CheckpointRequest(byte @Nullable [] userMetadata, long restoredVersion) {
        this.userMetadata = userMetadata;
        this.restoredVersion = restoredVersion;
    }

    static CheckpointRequest restore(long version) {
        return new CheckpointRequest(null, version);
    }

    boolean isRestore() {
        return this.restoredVersion != 0;
    }

    boolean mayBeShared() {
        return this.userMetadata == null && !isRestore();
    }

    void fail(RuntimeException failure) {
        this.cut = true;
        this.result.completeExceptionally(failure);
    }

}
