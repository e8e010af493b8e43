package io.flowstate.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

/** FlowState through its typed front door, on local disk. */
final class FlowStateStore implements BenchmarkedStore {

    /** Indexes lie beside the bound on log pages; peers have theirs beside it too. */
    private static final long INDEX_BYTES = 512L << 20;

    private final StateManagerOptions options;

    private final StateManager state;

    private final MapState<Long, byte[]> map;

    private final CounterState<Long> counters;

    FlowStateStore(Path directory, Memory memory) {
        this.options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .memorySize(memory.bytes())
            .indexMemory(INDEX_BYTES)
            .build();
        this.state = StateManager.open(this.options);
        StateScope scope = this.state.scope("benchmark");
        this.map = scope.map("map", Serializers.int64(), Serializers.bytes());
        this.counters = scope.counters("counters", Serializers.int64());
    }

    @Override
    public String settings() {
        return "memory-size " + (this.options.memorySize() >> 20) + " MB, page-size " + (this.options.pageSize() >> 20)
                + " MB, index-memory " + (this.options.indexMemory() >> 20) + " MB of which "
                + (this.state.stats().memory().indexBytes() >> 20) + " MB are used";
    }

    @Override
    public void fill(long entries) {
        byte[] value = new byte[Values.LENGTH];
        for (long key = 0; key < entries; key++) {
            Values.fill(value, key);
            this.map.put(key, value);
        }
    }

    @Override
    public void fillCounters(long entries) {
        for (long key = 0; key < entries; key++) {
            this.counters.set(key, key);
        }
    }

    @Override
    public byte @Nullable [] get(long key) {
        return this.map.get(key);
    }

    @Override
    public void getAll(List<Long> keys, BiConsumer<Long, byte @Nullable []> consumer) {
        this.map.getAll(keys, consumer);
    }

    @Override
    public void put(long key, byte[] value) {
        this.map.put(key, value);
    }

    @Override
    public void increment(long key) {
        this.map.compute(key, FlowStateStore::incremented);
    }

    private static byte[] incremented(Long key, byte @Nullable [] old) {
        return Values.incremented(Objects.requireNonNull(old));
    }

    @Override
    public long add(long key, long delta) {
        return this.counters.add(key, delta);
    }

    @Override
    public void close() {
        this.state.close();
    }

}
