package io.flowstate.benchmark;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Future;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.storage.Storage;

/** Counters of FlowState through the typed front door, on local disk. */
final class CountingFlowState implements CountingStore {

    private final StateManager state;

    private final CounterState<Long> counters;

    private final String settings;

    private final long recovered;

    CountingFlowState(Path directory, long memoryBytes) {
        this.state = StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .memorySize(memoryBytes)
            .indexMemory(512L << 20)
            .checkpointsToKeep(1)
            .build());
        this.counters = this.state.scope("benchmark").counters("counters", Serializers.int64());
        this.settings = "memory-size " + (memoryBytes >> 20) + " MB, index-memory 512 MB beside it, keep 1";
        this.recovered = this.state.lastCheckpoint()
            .map(Checkpoint::metadata)
            .map((metadata) -> ByteBuffer.wrap(metadata).getLong())
            .orElse(0L);
    }

    @Override
    public String settings() {
        return this.settings;
    }

    @Override
    public void set(long key, long count) {
        this.counters.set(key, count);
    }

    @Override
    public long add(long key) {
        return this.counters.add(key, 1);
    }

    @Override
    public long get(long key) {
        return this.counters.get(key);
    }

    @Override
    public Future<?> checkpoint(long done) {
        return this.state.checkpointAsync(ByteBuffer.allocate(Long.BYTES).putLong(done).array());
    }

    @Override
    public long recovered() {
        return this.recovered;
    }

    @Override
    public void close() {
        this.state.close();
    }

}
