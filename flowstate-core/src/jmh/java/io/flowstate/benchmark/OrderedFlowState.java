package io.flowstate.benchmark;

import java.nio.file.Path;
import java.util.concurrent.Future;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map of FlowState through its typed front door, on local disk. The log of
 * records, which it does not use, gets four pages of the bound on memory, the page cache
 * the rest.
 */
final class OrderedFlowState implements OrderedStore {

    private static final int LOG_PAGE = 1 << 20;

    private static final int LOG_PAGES = 4;

    private static final int LEAST_PAGE = 8 << 10;

    private final StateManagerOptions options;

    private final StateManager state;

    private final SortedMapState<Long, byte[]> map;

    OrderedFlowState(Path directory, OrderedNeeds needs) {
        long cacheBytes = needs.memoryBytes() - LOG_PAGES * LOG_PAGE;
        this.options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .temporaryDirectory(directory.resolve("temporary"))
            .pageSize(LOG_PAGE)
            .memorySize(LOG_PAGES * LOG_PAGE)
            .indexMemory(64L << 20)
            .cacheMemory(cacheBytes)
            .cachePageCount((int) (cacheBytes / LEAST_PAGE))
            .temporarySizeLimit(16L << 30)
            .checkpointsToKeep(1)
            .build();
        this.state = StateManager.open(this.options);
        this.map = this.state.scope("benchmark").sortedMap("map", Serializers.int64(), Serializers.bytes());
    }

    @Override
    public String settings() {
        return "memory-size " + (this.options.memorySize() >> 20) + " MB, cache-memory "
                + (this.options.cacheMemory() >> 20) + " MB, cache-page-count " + this.options.cachePageCount()
                + ", state-page-size " + (this.options.statePageSize() >> 10) + " KB, no compression, keep 1";
    }

    @Override
    public void put(long key, byte[] value) {
        this.map.put(key, value);
    }

    @Override
    public byte @Nullable [] get(long key) {
        return this.map.get(key);
    }

    @Override
    public int scan(long from, int count) {
        int met = 0;
        try (StateCursor<Long, byte[]> cursor = this.map.cursorFrom(from)) {
            while (met < count && cursor.advance()) {
                Values.requireSome(cursor.value().length);
                met++;
            }
        }
        return met;
    }

    @Override
    public Future<?> checkpoint() {
        return this.state.checkpointAsync();
    }

    @Override
    public void close() {
        this.state.close();
    }

}
