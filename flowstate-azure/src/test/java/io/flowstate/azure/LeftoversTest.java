package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobItem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;

import static org.assertj.core.api.Assertions.assertThat;

/** What crashed and overtaken writers left is deleted by exact name, and nothing else. */
@ExtendWith(Azurite.class)
class LeftoversTest {

    private static final String SEGMENT = "records-0000000000000001-00000063-0000000000100000";

    private static final String OBJECT = "0000000000000000-00001000-00000000000000aa.1";

    private static final String METADATA = "checkpoint-00000000000000ff-0000000000000001-00000000000000aa.meta";

    private static final List<String> OTHERS = List.of("orders/hlog.log/" + SEGMENT + "/notes.txt",
            "orders/hlog.log/readme.txt", "orders/checkpoints/readme.txt", "orders/readme.txt",
            "orders10/hlog.log/" + SEGMENT + "/" + OBJECT, "orders10/checkpoints/" + METADATA,
            "hlog.log/" + SEGMENT + "/" + OBJECT, "order/hlog.log/" + SEGMENT + "/" + OBJECT);

    private final BlobContainerClient container = Azurite.newContainer();

    @TempDir
    Path local;

    @Test
    void anObjectThatIsTooYoungIsDeletedLaterInTheSameRun() {
        open(Duration.ZERO).close();
        put("orders/hlog.log/" + SEGMENT + "/" + OBJECT);
        put("orders/checkpoints/" + METADATA);
        OTHERS.forEach(this::put);

        try (StateManager state = open(Duration.ofSeconds(3))) {
            assertThat(names()).contains("orders/hlog.log/" + SEGMENT + "/" + OBJECT);
            while (names().contains("orders/hlog.log/" + SEGMENT + "/" + OBJECT)) {
                Thread.onSpinWait(); // the timeout of the test ends it
            }

            MapState<String, String> map = state.scope("a").map("b", Serializers.string(), Serializers.string());
            assertThat(map.get("key")).isEqualTo("value");
            assertThat(names()).containsAll(OTHERS).doesNotContain("orders/checkpoints/" + METADATA);
        }
    }

    @Test
    void anObjectThatIsTooYoungStaysIfTheRunEndsBefore() {
        open(Duration.ZERO).close();
        put("orders/hlog.log/" + SEGMENT + "/" + OBJECT);

        open(Duration.ofHours(1)).close();
        List<String> young = names();
        open(Duration.ZERO).close();

        assertThat(young).contains("orders/hlog.log/" + SEGMENT + "/" + OBJECT);
        assertThat(names()).doesNotContain("orders/hlog.log/" + SEGMENT + "/" + OBJECT);
    }

    private void put(String name) {
        this.container.getBlobClient(name)
            .upload(BinaryData.fromBytes(new byte[(int) ObjectBlocks.size(name.endsWith(".1") ? 0x1000 : 1)]), true);
    }

    private List<String> names() {
        return this.container.listBlobs().stream().map(BlobItem::getName).toList();
    }

    private StateManager open(Duration grace) {
        StateManager state = StateManager.open(StateManagerOptions.builder()
            .persistentStorage(AzureBlobStorage.builder()
                .container(this.container)
                .prefix("orders")
                .leftoverGrace(grace)
                .build()
                .storage())
            .temporaryDirectory(this.local)
            .build());
        state.scope("a").map("b", Serializers.string(), Serializers.string()).put("key", "value");
        state.checkpoint();
        return state;
    }

}
