package io.flowstate;

import java.time.Instant;
import java.util.Arrays;

/**
 * A completed checkpoint: a consistent cut of every state, durable at once with the
 * caller's metadata.
 *
 * @param version rises with each checkpoint; gaps appear after failures
 * @param metadata the bytes the caller gave, empty if none; a copy
 * @param completedAt when it became durable
 * @param sizeBytes the bytes written for it
 */
public record Checkpoint(long version, byte[] metadata, Instant completedAt, long sizeBytes) {

    public Checkpoint {
        metadata = metadata.clone();
    }

    @Override
    public byte[] metadata() {
        return this.metadata.clone();
    }

    @Override
    public boolean equals(Object other) {
        return (other instanceof Checkpoint that) && this.version == that.version
                && Arrays.equals(this.metadata, that.metadata) && this.completedAt.equals(that.completedAt)
                && this.sizeBytes == that.sizeBytes;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(this.version);
    }

    @Override
    public String toString() {
        return "Checkpoint[version=" + this.version + ", metadata=" + this.metadata.length + " bytes, completedAt="
                + this.completedAt + ", sizeBytes=" + this.sizeBytes + "]";
    }

}
