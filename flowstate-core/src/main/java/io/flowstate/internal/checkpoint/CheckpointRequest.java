package io.flowstate.internal.checkpoint;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint that was asked for, by one caller or by several who share it.
 */
final class CheckpointRequest {

    final byte @Nullable [] userMetadata;

    final CompletableFuture<CompletedCheckpoint> result = new CompletableFuture<>();

    int callers; // guarded by the lock of the process

    boolean cut; // guarded by the lock of the process

    CheckpointRequest(byte @Nullable [] userMetadata) {
        this.userMetadata = userMetadata;
    }

    void fail(RuntimeException failure) {
        this.cut = true;
        this.result.completeExceptionally(failure);
    }

}
