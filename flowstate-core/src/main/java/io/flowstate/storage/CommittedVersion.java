package io.flowstate.storage;

import java.util.UUID;

/**
 * What a log device notes of the newest checkpoint: its version, and the store that it is
 * of, so that the logs of one store are never taken for those of another.
 *
 * @param storeId the id of the store, as in its {@linkplain Manifest manifest}
 * @param version the version that was committed last, 0 for a new store
 */
public record CommittedVersion(UUID storeId, long version) {

    public CommittedVersion {
        if (version < 0) {
            throw new IllegalArgumentException("version must not be negative, but was " + version);
        }
    }

}
