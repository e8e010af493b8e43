package io.flowstate;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.state.ValueState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class StateManagerTest {

    @TempDir
    Path directory;

    private StateManagerOptions options() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(16 << 20)
            .build();
    }

    @Test
    void recoversWhatTheLastCheckpointSaw() {
        try (StateManager state = StateManager.open(options())) {
            StateScope scope = state.scope("orders");
            MapState<String, Long> totals = scope.map("totals", Serializers.string(), Serializers.int64());
            CounterState<String> hits = scope.counters("hits", Serializers.string());
            ValueState<String> config = scope.scope("inner").value("config", Serializers.string());
            totals.put("alice", 1L);
            totals.merge("alice", 41L, Long::sum);
            hits.add("alice", 2);
            config.set("blue");
            Checkpoint checkpoint = state.checkpoint("offset 7".getBytes(StandardCharsets.UTF_8));
            assertThat(checkpoint.version()).isEqualTo(1);
            totals.put("alice", 0L);
            totals.put("bob", 3L);
            config.clear();
        }

        try (StateManager state = StateManager.open(options())) {
            StateScope scope = state.scope("orders");
            assertThat(state.lastCheckpoint().orElseThrow().metadata()).asString().isEqualTo("offset 7");
            MapState<String, Long> totals = scope.map("totals", Serializers.string(), Serializers.int64());
            assertThat(totals.get("alice")).isEqualTo(42);
            assertThat(totals.get("bob")).isNull();
            assertThat(scope.counters("hits", Serializers.string()).get("alice")).isEqualTo(2);
            assertThat(scope.scope("inner").value("config", Serializers.string()).get()).isEqualTo("blue");
        }
    }

    @Test
    void agreesWithAPlainMapBeyondMemory() {
        long seed = 42;
        SplittableRandom random = new SplittableRandom(seed);
        Map<Long, String> model = new HashMap<>();
        for (int run = 0; run < 4; run++) {
            try (StateManager state = StateManager.open(options())) {
                MapState<Long, String> map = state.scope("s").map("m", Serializers.int64(), Serializers.string());
                assertContent(map, model, run);
                for (int i = 0; i < 60_000; i++) {
                    long key = random.nextInt(5_000);
                    String value = "value-" + i + "-" + "x".repeat(random.nextInt(60));
                    switch (random.nextInt(6)) {
                        case 0 -> {
                            map.remove(key);
                            model.remove(key);
                        }
                        case 1 -> {
                            map.merge(key, value, (a, b) -> (a.length() > 300) ? b : a + b);
                            model.merge(key, value, (a, b) -> (a.length() > 300) ? b : a + b);
                        }
                        case 2 -> assertThat(map.get(key)).isEqualTo(model.get(key));
                        default -> {
                            map.put(key, value);
                            model.put(key, value);
                        }
                    }
                    if (random.nextInt(5_000) == 0) {
                        state.checkpoint();
                    }
                }
                assertContent(map, model, run);
                state.checkpoint();
                System.out.println(state.stats());
            }
        }
    }

    private static void assertContent(MapState<Long, String> map, Map<Long, String> model, int run) {
        Map<Long, String> found = new HashMap<>();
        try (StateCursor<Long, String> cursor = map.cursor()) {
            while (cursor.advance()) {
                assertThat(found.put(cursor.key(), cursor.value())).isNull();
            }
        }
        assertThat(found).as("run " + run).isEqualTo(model);
        model.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
    }

}
