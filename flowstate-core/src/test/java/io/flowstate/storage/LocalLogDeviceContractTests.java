package io.flowstate.storage;

import java.nio.file.Path;

import io.flowstate.testing.LogDeviceContract;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract, kept by the log device on files of the machine.
 */
class LocalLogDeviceContractTests extends LogDeviceContract {

    @TempDir
    Path directory;

    @Override
    protected LogDeviceFactory createFactory() {
        return LogDeviceFactory.local(this.directory.resolve("log"));
    }

}
