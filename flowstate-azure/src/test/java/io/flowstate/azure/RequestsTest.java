package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.azure.storage.blob.BlobContainerClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.SortedMapState;

import static org.assertj.core.api.Assertions.assertThat;

/** What a checkpoint costs in requests, which users pay for, as {@code stats()} tells. */
@ExtendWith(Azurite.class)
class RequestsTest {

    private static final List<String> WRITES = List.of("object-writes", "metadata-writes", "manifest-writes");

    private final BlobContainerClient container = Azurite.newContainer();

    @TempDir
    Path local;

    @Test
    void anIdleCheckpointCostsTwoWriteRequests() {
        try (StateManager state = open(4 << 20)) {
            fill(state, 0);
            state.checkpoint();
            Map<String, Long> before = state.stats().device().requests();

            for (int i = 0; i < 10; i++) {
                state.checkpoint();
            }

            Map<String, Long> cost = cost(before, state);
            assertThat(cost).containsEntry("object-writes", 0L)
                .containsEntry("metadata-writes", 10L)
                .containsEntry("manifest-writes", 10L)
                .containsEntry("reads", 0L)
                .containsEntry("lists", 0L)
                .containsEntry("container", 0L);
        }
    }

    @Test
    void aCheckpointWhoseChangesFitOneObjectPerLogCostsFourWriteRequests() {
        try (StateManager state = open(4 << 20)) {
            for (int i = 0; i < 10; i++) {
                Map<String, Long> before = state.stats().device().requests();
                fill(state, i);

                state.checkpoint();

                Map<String, Long> cost = cost(before, state);
                assertThat(writes(cost)).as("write requests of %s", cost).isEqualTo(4);
                assertThat(cost).containsEntry("object-writes", 2L).containsEntry("reads", 0L);
            }
        }
    }

    @Test
    void longListsInTheMetadataCostNoMoreRequests() {
        try (StateManager state = open(4 << 20)) {
            for (int i = 0; i < 300; i++) {
                state.scope("a")
                    .map("a state whose metadata are as long as that of a segment " + i, Serializers.string(),
                            Serializers.int64());
            }
            assertThat(state.checkpoint().sizeBytes()).isGreaterThan(30_000);
            for (int i = 0; i < 20; i++) {
                Map<String, Long> before = state.stats().device().requests();
                assertThat(state.checkpoint().sizeBytes()).isLessThan(2000);
                assertThat(writes(cost(before, state))).isEqualTo(2);

                before = state.stats().device().requests();
                fill(state, i);
                state.checkpoint();
                assertThat(writes(cost(before, state))).isEqualTo(4);
            }
        }
    }

    private static long writes(Map<String, Long> cost) {
        return WRITES.stream().mapToLong(cost::get).sum();
    }

    @Test
    void aCheckpointOfManyObjectsCostsOneRequestEach() {
        try (StateManager state = open(64 << 10)) {
            MapState<Integer, byte[]> map = state.scope("a").map("map", Serializers.int32(), Serializers.bytes());
            Map<String, Long> before = state.stats().device().requests();
            for (int i = 0; i < 100; i++) {
                map.put(i, new byte[10_000]);
            }

            state.checkpoint();

            assertThat(cost(before, state).get("object-writes")).isBetween(16L, 18L);
        }
    }

    @Test
    void readingInOrderTakesMegabytesAtATime() {
        try (StateManager state = open(4 << 20)) {
            SortedMapState<Integer, byte[]> map = bytes(state);
            for (int i = 0; i < 3000; i++) {
                map.put(i, new byte[5000]);
            }
            state.checkpoint();
        }
        try (StateManager state = open(4 << 20)) {
            Map<String, Long> before = state.stats().device().requests();

            bytes(state).forEach((key, value) -> assertThat(value).hasSize(5000));

            assertThat(cost(before, state).get("reads")).as("of 15 MB").isLessThan(40);
        }
    }

    @Test
    void readingInAnyOrderTakesEachMegabyteOnceIfThereIsACache() {
        try (StateManager state = open(4 << 20)) {
            MapState<Integer, byte[]> map = state.scope("a").map("map", Serializers.int32(), Serializers.bytes());
            for (int i = 0; i < 3000; i++) {
                map.put(i, new byte[5000]);
            }
            state.checkpoint();
        }
        for (int machine = 0; machine < 2; machine++) {
            try (StateManager state = StateManager.open(options(4 << 20, this.local.resolve("cache")))) {
                Map<String, Long> before = state.stats().device().requests();

                state.scope("a")
                    .map("map", Serializers.int32(), Serializers.bytes())
                    .forEach((key, value) -> assertThat(value).hasSize(5000));

                long reads = cost(before, state).get("reads");
                assertThat(reads).as("of 15 MB, run " + machine).isLessThan((machine == 0) ? 40 : 1);
            }
        }
    }

    private static SortedMapState<Integer, byte[]> bytes(StateManager state) {
        return state.scope("a").sortedMap("bytes", Serializers.int32(), Serializers.bytes());
    }

    @Test
    void leaseRenewalsAreCountedApart() {
        try (StateManager state = open(4 << 20)) {
            Map<String, Long> before = state.stats().device().requests();
            while (cost(before, state).get("lease") < 3) {
                Thread.onSpinWait(); // the timeout of the test ends it
            }

            Map<String, Long> cost = cost(before, state);
            cost.remove("lease");
            assertThat(cost.values()).containsOnly(0L);
        }
    }

    private static void fill(StateManager state, int run) {
        MapState<String, Long> map = state.scope("a").map("map", Serializers.string(), Serializers.int64());
        SortedMapState<Long, String> sorted = state.scope("a")
            .sortedMap("sorted", Serializers.int64(), Serializers.string());
        for (int i = 0; i < 1000; i++) {
            map.put("key " + i, (long) run);
            sorted.put((long) i, "value " + run);
        }
    }

    private static Map<String, Long> cost(Map<String, Long> before, StateManager state) {
        Map<String, Long> cost = new LinkedHashMap<>(state.stats().device().requests());
        before.forEach((kind, count) -> cost.merge(kind, -count, Long::sum));
        return cost;
    }

    private StateManager open(int objectSize) {
        return StateManager.open(options(objectSize, null));
    }

    private StateManagerOptions options(int objectSize, @Nullable Path cache) {
        AzureBlobStorage.Builder storage = AzureBlobStorage.builder()
            .container(this.container)
            .prefix("orders")
            .objectSize(objectSize)
            .leaseDuration(Duration.ofSeconds(1));
        if (cache != null) {
            storage.cacheDirectory(cache);
        }
        return StateManagerOptions.builder()
            .persistentStorage(storage.build().storage())
            .memorySize(16 << 20)
            .pageSize(1 << 20)
            .temporaryDirectory(this.local)
            .build();
    }

}
