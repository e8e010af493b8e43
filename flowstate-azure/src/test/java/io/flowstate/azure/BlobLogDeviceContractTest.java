package io.flowstate.azure;

import java.time.Duration;

import org.junit.jupiter.api.extension.ExtendWith;

import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.testing.LogDeviceContract;

/** What every log device keeps, with blobs in an emulator. */
@ExtendWith(Azurite.class)
class BlobLogDeviceContractTest extends LogDeviceContract {

    @Override
    protected LogDeviceFactory createFactory() {
        return AzureBlobStorage.builder()
            .container(Azurite.newContainer())
            .prefix("orders")
            .takeOverTimeout(Duration.ZERO)
            .leftoverGrace(Duration.ZERO)
            .objectSize(64 << 10)
            .build()
            .logDeviceFactory();
    }

}
