package io.flowstate.storage;

import java.nio.file.Path;

import io.flowstate.testing.LogDeviceContract;
import io.flowstate.testing.MemoryFiles;

/**
 * The contract, kept by the local log device on files in memory.
 */
class MemoryFilesLogDeviceContractTests extends LogDeviceContract {

    @Override
    protected LogDeviceFactory createFactory() {
        return LogDeviceFactory.local(Path.of("/some/where/log"), new MemoryFiles());
    }

}
