package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobItem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.StateManager;
import io.flowstate.testing.Torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Stores whose prefixes begin alike, in one container, do not touch each other. */
@ExtendWith(Azurite.class)
class PrefixesTest {

    private static final List<String> PREFIXES = List.of("orders", "orders1", "orders10", "orders/1", "order");

    private final BlobContainerClient container = Azurite.newContainer();

    @TempDir
    Path local;

    @Test
    void storesUnderPrefixesThatBeginAlikeDoNotTouchEachOther() {
        Map<String, OrdersModel> models = new TreeMap<>();
        long seed = Torture.seed("azure-prefixes");
        for (int run = 0; run < 2; run++) {
            Map<String, OrdersStore> stores = new TreeMap<>();
            List<StateManager> open = new ArrayList<>();
            for (String prefix : PREFIXES) {
                StateManager manager = open(prefix, run);
                open.add(manager);
                stores.put(prefix, new OrdersStore(manager));
            }
            for (int turn = 0; turn < 3; turn++) {
                for (String prefix : PREFIXES) {
                    OrdersWorkload workload = new OrdersWorkload(seed + prefix.hashCode());
                    OrdersStore store = stores.get(prefix);
                    store.continueWith(workload, store.position() + 60);
                    models.computeIfAbsent(prefix, (key) -> new OrdersModel()).continueWith(workload, store.position());
                    store.manager.compact(); // deletes what it can
                    Map<String, String> others = others(prefix);
                    store.manager.compact();
                    assertThat(others(prefix)).as("blobs of others than " + prefix).isEqualTo(others);
                }
            }
            stores.forEach((prefix, store) -> assertThat(models.get(prefix).differences(store.content())).as(prefix)
                .isEmpty());
            open.forEach(StateManager::close);
        }
    }

    private Map<String, String> others(String prefix) {
        Map<String, String> others = new TreeMap<>();
        for (BlobItem blob : this.container.listBlobs()) {
            boolean own = List.of("hlog.log/", "checkpoints/", "flowstate.lock")
                .stream()
                .anyMatch((place) -> blob.getName().startsWith(prefix + "/" + place));
            if (!own && !blob.getName().endsWith("/flowstate.lock")) { // leases are
                                                                       // renewed
                others.put(blob.getName(), blob.getProperties().getETag());
            }
        }
        return others;
    }

    @Test
    void aPrefixThatIsNoneIsRefused() {
        for (String prefix : List.of("", "/", "a/", "/a", "a//b", "..", "a/../b", ".", "a\\b", "a b", "a?b", "a%2fb",
                "-a", "\u00e4", "a\n", "a".repeat(201))) {
            assertThatThrownBy(() -> AzureBlobStorage.in(this.container, prefix)).as(prefix)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("prefix");
        }
    }

    private StateManager open(String prefix, int run) {
        AzureBlobStorage storage = AzureBlobStorage.builder()
            .container(this.container)
            .prefix(prefix)
            .leftoverGrace(Duration.ZERO)
            .objectSize(64 << 10)
            .build();
        return StateManager.open(OrdersChild.options(storage, this.local.resolve(prefix.replace('/', '_')), run));
    }

}
