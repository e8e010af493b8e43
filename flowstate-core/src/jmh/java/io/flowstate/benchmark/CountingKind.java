package io.flowstate.benchmark;

import java.nio.file.Path;

/** The stores whose counters are compared. */
enum CountingKind {

    /** Ours. */
    FLOWSTATE("FlowState") {

        @Override
        CountingStore open(Path directory, long memoryBytes) {
            return new CountingFlowState(directory, memoryBytes);
        }

    },

    /** A log-structured merge tree. */
    ROCKSDB("RocksDB") {

        @Override
        CountingStore open(Path directory, long memoryBytes) {
            return new CountingRocksDb(directory, memoryBytes);
        }

    },

    /** The heap, all of it written out at each checkpoint. */
    CONCURRENT_HASH_MAP("ConcurrentHashMap with dumps") {

        @Override
        CountingStore open(Path directory, long memoryBytes) {
            return new CountingHashMap(directory);
        }

    };

    private final String displayName;

    CountingKind(String displayName) {
        this.displayName = displayName;
    }

    String displayName() {
        return this.displayName;
    }

    abstract CountingStore open(Path directory, long memoryBytes);

}
