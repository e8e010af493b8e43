package io.flowstate.storage;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What the manifest says of one kept checkpoint.
 *
 * @param version its version, at least 1
 * @param objects the metadata objects that its metadata are put together from, at most
 * 100: the first by itself, each other as what differs from the one before. Only the last
 * was written for it, the others for checkpoints before
 * @param completedAt when it was committed, to the millisecond
 * @param sizeBytes the bytes that were written for it: log and metadata
 */
public record CommittedCheckpoint(long version, List<MetadataObject> objects, Instant completedAt, long sizeBytes) {

    private static final int MAX_OBJECTS = 100;

    public CommittedCheckpoint {
        objects = List.copyOf(objects);
        if (version < 1 || objects.isEmpty() || objects.size() > MAX_OBJECTS || sizeBytes < 0) {
            throw new IllegalArgumentException("no checkpoint has version " + version + ", " + objects.size()
                    + " metadata objects, and " + sizeBytes + " bytes written for it");
        }
        completedAt = completedAt.truncatedTo(ChronoUnit.MILLIS);
    }

}
