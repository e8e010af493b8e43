package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.MetadataObject;
import io.flowstate.testing.CheckpointManagerContract;

import static org.assertj.core.api.Assertions.assertThat;

/** What every checkpoint manager keeps, with blobs in an emulator. */
@ExtendWith(Azurite.class)
class BlobCheckpointManagerContractTest extends CheckpointManagerContract {

    private final BlobContainerClient container = Azurite.newContainer();

    @Override
    protected CheckpointManager createManager() {
        return manager("orders");
    }

    private CheckpointManager manager(String prefix) {
        return AzureBlobStorage.builder()
            .container(this.container)
            .prefix(prefix)
            .takeOverTimeout(Duration.ZERO)
            .build()
            .checkpointManager();
    }

    /** A writer that was overtaken may have written the others late. */
    @Test
    void ofSeveralBlobsOfOneNameTheOneThatTheManifestMeansIsRead() {
        String shared = String.format("checkpoint-%016x-%016x", 1, 1);
        String own = String.format("checkpoint-%016x-%016x", 2, 1);
        byte[] content = "content".getBytes(StandardCharsets.US_ASCII);
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        MetadataObject object = new MetadataObject(shared, content.length, (int) checksum.getValue());
        CheckpointManager manager = manager("other");
        manager.open("a writer");
        manager.write(shared, ByteBuffer.wrap(content));
        manager.commit(new Manifest(new UUID(1, 2), 1, 2,
                List.of(new CommittedCheckpoint(2, List.of(object, new MetadataObject(own, 1, 0)), Instant.EPOCH, 1))));
        manager.close();
        for (String token : List.of("0000000000000000", "ffffffffffffffff")) {
            this.container.getBlobClient("other/checkpoints/" + shared + "-" + token + ".meta")
                .upload(BinaryData.fromString("CONTENT"));
        }

        manager.open("another writer");

        assertThat(manager.read(shared, content.length)).isEqualTo(ByteBuffer.wrap(content));
        manager.close();
    }

}
