package io.flowstate.storage;

import java.nio.file.Path;

import io.flowstate.testing.LogDeviceContract;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract, kept by temporary log devices.
 */
class TemporaryLogDeviceContractTests extends LogDeviceContract {

    @TempDir
    Path directory;

    @Override
    protected LogDeviceFactory createFactory() {
        return LogDeviceFactory.temporary(this.directory.resolve("temporary"));
    }

    @Override
    protected boolean keepsContent() {
        return false;
    }

}
