package io.flowstate.storage;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What the manifest says of one kept checkpoint.
 *
 * @param version its version, at least 1
 * @param name the name of its metadata object, as in {@link CheckpointManager#write}
 * @param length the length of that object in bytes, at least 1
 * @param checksum the CRC32C of that object
 * @param completedAt when it was committed, to the millisecond
 * @param sizeBytes the bytes that were written for it: log and metadata
 */
public record CommittedCheckpoint(long version, String name, int length, int checksum, Instant completedAt,
        long sizeBytes) {

    public CommittedCheckpoint {
        MetadataName.check(name);
        if (version < 1 || length < 1 || sizeBytes < 0) {
            throw new IllegalArgumentException("no checkpoint has version " + version + ", metadata of " + length
                    + " bytes, and " + sizeBytes + " bytes written for it");
        }
        completedAt = completedAt.truncatedTo(ChronoUnit.MILLIS);
    }

}
