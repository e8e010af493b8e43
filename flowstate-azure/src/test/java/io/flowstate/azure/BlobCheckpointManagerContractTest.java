package io.flowstate.azure;

import java.time.Duration;

import com.azure.storage.blob.BlobContainerClient;
import org.junit.jupiter.api.extension.ExtendWith;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.testing.CheckpointManagerContract;

/** What every checkpoint manager keeps, with blobs in an emulator. */
@ExtendWith(Azurite.class)
class BlobCheckpointManagerContractTest extends CheckpointManagerContract {

    private final BlobContainerClient container = Azurite.newContainer();

    @Override
    protected CheckpointManager createManager() {
        return AzureBlobStorage.builder()
            .container(this.container)
            .prefix("orders")
            .takeOverTimeout(Duration.ZERO)
            .build()
            .checkpointManager();
    }

}
