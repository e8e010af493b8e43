package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How long does it take to open a store of ten million entries, 1 GB of values, after a
 * checkpoint and a clean close? Its files lie in the page cache of the operating system.
 *
 * <p>
 * Expected: the whole log is read, each record verified and put into the index: a cache
 * miss and a checksum per entry, some seconds. An index snapshot would leave the replay
 * of what came after it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class OpeningBenchmark {

    @Param("10000000")
    long openingEntries;

    private Path directory;

    private StateManagerOptions options;

    private @Nullable StateManager opened;

    /** Fills a store, takes a checkpoint, closes it. */
    @Setup
    public void fill() throws IOException {
        this.directory = Directories.create();
        this.options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .indexMemory(1L << 30)
            .build();
        try (StateManager state = StateManager.open(this.options)) {
            MapState<Long, byte[]> map = map(state);
            byte[] value = new byte[Values.LENGTH];
            for (long key = 0; key < this.openingEntries; key++) {
                Values.fill(value, key);
                map.put(key, value);
            }
            state.checkpoint();
        }
    }

    private static MapState<Long, byte[]> map(StateManager state) {
        return state.scope("benchmark").map("map", Serializers.int64(), Serializers.bytes());
    }

    /** Opens the store. */
    @Benchmark
    public StateManager open() {
        this.opened = StateManager.open(this.options);
        return this.opened;
    }

    /** Checks some values and closes the store, which is not measured. */
    @TearDown(Level.Invocation)
    public void checkAndClose() {
        try (StateManager state = this.opened) {
            MapState<Long, byte[]> map = map(state);
            for (long key = 0; key < this.openingEntries; key += 1 + this.openingEntries / 1000) {
                Values.check(key, map.get(key));
            }
        }
    }

    /** Deletes the files. */
    @TearDown
    public void delete() throws IOException {
        Directories.delete(this.directory);
    }

}
