package io.flowstate.torture;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.StateException;
import io.flowstate.storage.Storage;
import io.flowstate.testing.Child;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An index that finds no more memory refuses further keys, and nothing else: what was
 * acknowledged stays, the store goes on, and the next checkpoint holds it.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class IndexRefusalTest {

    private static final int UNREACHABLE = 10_000_000;

    @TempDir
    Path temporary;

    @Test
    void anIndexThatWouldPassIndexMemoryIsRefused() {
        StateManagerOptions options = options(this.temporary, 1 << 20);
        check(options, fill(options));
    }

    @Test
    void directMemoryThatTheJvmRefusesIsRefused() throws Exception {
        try (Child child = Child.start(IndexRefusalTest.class, this.temporary.resolve("errors.txt"),
                List.of("-Xmx128m", "-XX:MaxDirectMemorySize=12m"), List.of(this.temporary.toString()))) {
            String line = child.line();
            assertThat(child.awaitEnd()).as("ended by itself").isFalse();
            assertThat(line).isNotNull();
            check(options(this.temporary, 8 << 20), Integer.parseInt(String.valueOf(line)));
        }
    }

    /**
     * The process in which the JVM has less than the settings allow, because somebody
     * else has taken some.
     */
    public static void main(String[] arguments) {
        ByteBuffer others = ByteBuffer.allocateDirect(8 << 20);
        try {
            CrashChild.say(Integer.toString(fill(options(Path.of(arguments[0]), 8 << 20))));
        }
        finally {
            Reference.reachabilityFence(others);
        }
    }

    private static StateManagerOptions options(Path directory, long indexMemory) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .memorySize(512 << 10)
            .pageSize(64 << 10)
            .segmentSize(1 << 20)
            .indexMemory(indexMemory)
            .build();
    }

    private static int fill(StateManagerOptions options) {
        int acknowledged = 0;
        try (StateManager state = StateManager.open(options)) {
            MapState<Integer, Integer> map = map(state);
            String refusal = "";
            while (refusal.isEmpty()) {
                assertThat(acknowledged).isLessThan(UNREACHABLE);
                try {
                    map.put(acknowledged, acknowledged);
                    acknowledged++;
                }
                catch (StateException ex) {
                    refusal = String.valueOf(ex.getMessage());
                }
            }
            assertThat(acknowledged).isGreaterThan(20_000);
            assertThat(refusal).contains("index-memory", "-XX:MaxDirectMemorySize");
            for (int key = 0; key < acknowledged; key++) {
                map.merge(key, 1, Integer::sum); // the store goes on
            }
            state.checkpoint();
        }
        return acknowledged;
    }

    private static void check(StateManagerOptions options, int acknowledged) {
        try (StateManager state = StateManager.open(options)) {
            MapState<Integer, Integer> map = map(state);
            assertThat(map.size()).isEqualTo(acknowledged);
            for (int key = 0; key < acknowledged; key++) {
                assertThat(map.get(key)).isEqualTo(key + 1);
            }
        }
    }

    private static MapState<Integer, Integer> map(StateManager state) {
        return state.scope("s").map("m", Serializers.int32(), Serializers.int32());
    }

}
