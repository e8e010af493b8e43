package io.flowstate.storage;

import io.flowstate.testing.LogDeviceContract;

/**
 * The contract, kept by the log device in memory.
 */
class InMemoryLogDeviceContractTests extends LogDeviceContract {

    @Override
    protected LogDeviceFactory createFactory() {
        return LogDeviceFactory.inMemory();
    }

}
