package io.flowstate.internal.checkpoint;

import java.time.Instant;

/**
 * A checkpoint that is durable.
 *
 * @param version its version
 * @param userMetadata the caller's bytes, not to be changed
 * @param completedAt when it was committed
 * @param sizeBytes what was written for it
 */
public record CompletedCheckpoint(long version, byte[] userMetadata, Instant completedAt, long sizeBytes) {
}
