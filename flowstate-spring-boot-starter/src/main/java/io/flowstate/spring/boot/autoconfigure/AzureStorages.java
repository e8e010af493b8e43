package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.storage.Storage;

/**
 * Makes storages in blob containers. Names no class of the SDK, so that it can be looked
 * for where the SDK is missing.
 */
@FunctionalInterface
interface AzureStorages {

    /**
     * A storage as settings describe it.
     * @param settings those under {@code azure} of a store
     * @return the storage, not open yet
     */
    Storage storage(AzureProperties settings);

}
