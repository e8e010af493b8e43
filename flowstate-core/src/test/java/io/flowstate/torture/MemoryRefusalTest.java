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
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A store whose log finds no memory is not opened, says why, and leaves everything as it
 * was: no lock, no manifest of another run.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class MemoryRefusalTest {

    private static final long REFUSED_BYTES = 8 << 20;

    /** So many that recovery needs memory of the JVM too, to read their log. */
    private static final int KEYS = 30_000;

    @TempDir
    Path temporary;

    @Test
    void memoryOfTheLogThatTheJvmRefusesIsRefused() throws Exception {
        try (Child child = Child.start(MemoryRefusalTest.class, this.temporary.resolve("errors.txt"),
                List.of("-Xmx128m", "-XX:MaxDirectMemorySize=12m"), List.of(this.temporary.toString()))) {
            String line = child.line();
            assertThat(child.awaitEnd()).as("ended by itself").isFalse();
            assertThat(line).isEqualTo("refused, then opened");
        }
    }

    /**
     * The process in which the JVM has less than the settings allow, because somebody
     * else has taken some.
     */
    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        long small = 4L * StateManagerOptions.MIN_PAGE_SIZE;
        long run;
        try (StateManager state = open(directory, small)) {
            run = state.stats().run();
            for (int key = 0; key < KEYS; key++) {
                map(state).put(key, key + 1);
            }
            state.checkpoint();
        }
        ByteBuffer others = ByteBuffer.allocateDirect(6 << 20);
        try {
            assertThatExceptionOfType(StateException.class).isThrownBy(() -> open(directory, REFUSED_BYTES))
                .withMessageContainingAll("memory-size", "-XX:MaxDirectMemorySize");
            try (StateManager state = open(directory, small)) {
                assertThat(map(state).get(1)).isEqualTo(2);
                assertThat(map(state).size()).isEqualTo(KEYS);
                assertThat(state.stats().run()).isEqualTo(run + 1);
            }
            CrashChild.say("refused, then opened");
        }
        finally {
            Reference.reachabilityFence(others);
        }
    }

    private static StateManager open(Path directory, long memoryBytes) {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .memorySize(memoryBytes)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(1 << 20)
            .build());
    }

    private static MapState<Integer, Integer> map(StateManager state) {
        return state.scope("s").map("m", Serializers.int32(), Serializers.int32());
    }

}
