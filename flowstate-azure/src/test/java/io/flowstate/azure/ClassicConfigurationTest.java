package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import com.azure.storage.common.StorageSharedKeyCredential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.Storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The configuration that users know from elsewhere, with each kind of client. */
@ExtendWith(Azurite.class)
class ClassicConfigurationTest {

    @TempDir
    Path local;

    @Test
    void aConnectionStringAloneIsEnough() {
        String container = "classic-" + UUID.randomUUID();

        keepsItsStateOnOtherMachines(() -> AzureBlobStorage.builder()
            .connectionString(Azurite.connectionString(), container)
            .createContainer(true)
            .prefix("orders")
            .build()
            .storage());

        List<String> names = Azurite.service()
            .getBlobContainerClient(container)
            .listBlobs()
            .stream()
            .map(BlobItem::getName)
            .toList();
        assertThat(names.stream().map((name) -> name.replaceAll("(/[^/]*)/.*", "$1")).collect(Collectors.toSet()))
            .containsExactlyInAnyOrder("orders/hlog.log", "orders/checkpoints", "orders/flowstate.lock");
        assertThat(names).contains("orders/checkpoints/manifest");
    }

    @Test
    void aClientWithASharedKeyIsEnough() {
        String container = Azurite.newContainer().getBlobContainerName();
        BlobContainerClient client = new BlobServiceClientBuilder().endpoint(Azurite.endpoint())
            .credential(new StorageSharedKeyCredential(Azurite.ACCOUNT, Azurite.KEY))
            .buildClient()
            .getBlobContainerClient(container);

        keepsItsStateOnOtherMachines(() -> AzureBlobStorage.in(client, "orders"));
    }

    @Test
    void aClientWithASasIsEnough() {
        BlobContainerClient container = Azurite.newContainer();
        BlobContainerClient client = new BlobContainerClientBuilder().endpoint(container.getBlobContainerUrl())
            .sasToken(sas(container, "racwdl"))
            .buildClient();

        keepsItsStateOnOtherMachines(() -> AzureBlobStorage.in(client, "orders"));
    }

    @Test
    void aSasInTheEndpointIsEnough() {
        BlobContainerClient container = Azurite.newContainer();
        BlobContainerClient client = new BlobContainerClientBuilder()
            .endpoint(container.getBlobContainerUrl() + "?" + sas(container, "racwdl"))
            .buildClient();

        keepsItsStateOnOtherMachines(() -> AzureBlobStorage.in(client, "orders"));
    }

    @Test
    void aSasThatMayNotWriteIsRefusedAtOnceSayingWhatIsMissing() {
        BlobContainerClient container = Azurite.newContainer();
        BlobContainerClient client = new BlobContainerClientBuilder().endpoint(container.getBlobContainerUrl())
            .sasToken(sas(container, "rl"))
            .buildClient();

        assertThatThrownBy(() -> StateManager.open(options(AzureBlobStorage.in(client, "orders"), "refused")))
            .isInstanceOf(BlobAccessDeniedException.class)
            .hasMessageContaining("403")
            .hasMessageContaining("read, add, create, write, delete, list");
    }

    private static String sas(BlobContainerClient container, String permissions) {
        return container.generateSas(new BlobServiceSasSignatureValues(OffsetDateTime.now(ZoneOffset.UTC).plusDays(1),
                BlobContainerSasPermission.parse(permissions)));
    }

    private interface NewStorage {

        Storage create();

    }

    private void keepsItsStateOnOtherMachines(NewStorage storage) {
        Instant start = Instant.parse("2026-11-25T12:00:00Z");
        for (int machine = 0; machine < 3; machine++) {
            try (StateManager state = StateManager.open(options(storage.create(), "machine-" + machine))) {
                StateScope orders = state.scope("orders");
                MapState<String, Long> totals = orders.map("totals", Serializers.string(), Serializers.int64());
                SortedMapState<Instant, String> byTime = orders.sortedMap("by-time", Serializers.instant(),
                        Serializers.string());
                for (int i = 0; i < 1000; i++) {
                    int customer = i;
                    assertThat(totals.get("customer-" + i)).isEqualTo((machine > 0) ? (long) machine * i : null);
                    state.update(() -> totals.merge("customer-" + customer, (long) customer, Long::sum));
                    byTime.put(start.plusSeconds(machine * 1000L + i), "order " + i);
                }
                assertThat(byTime.size()).isEqualTo(1000L * (machine + 1));
                assertThat(state.checkpoint().version()).isEqualTo(machine + 1);
            }
        }
    }

    private StateManagerOptions options(Storage storage, String machine) {
        return StateManagerOptions.builder()
            .persistentStorage(storage)
            .cachePageCount(10_000)
            .memorySize(64L << 20)
            .pageSize(16 << 20)
            .temporaryDirectory(this.local.resolve(machine).resolve("temp"))
            .build();
    }

}
