package io.flowstate.benchmark;

import java.nio.file.Path;

/** The stores that are compared. */
public enum StoreKind {

    /** Ours. */
    FLOWSTATE("FlowState") {

        @Override
        BenchmarkedStore open(Path directory, Memory memory) {
            return new FlowStateStore(directory, memory);
        }

    },

    /** The measure for a peer with a log-structured merge tree. */
    ROCKSDB("RocksDB") {

        @Override
        BenchmarkedStore open(Path directory, Memory memory) {
            return new RocksDbStore(directory, memory);
        }

    },

    /** A peer in plain Java: a copy-on-write B-tree. */
    MVSTORE("MVStore") {

        @Override
        BenchmarkedStore open(Path directory, Memory memory) {
            return new MvStore(directory, memory);
        }

    },

    /** What the heap alone can do: no durability, no bound. */
    CONCURRENT_HASH_MAP("ConcurrentHashMap") {

        @Override
        BenchmarkedStore open(Path directory, Memory memory) {
            return new HashMapStore();
        }

    };

    private final String displayName;

    StoreKind(String displayName) {
        this.displayName = displayName;
    }

    String displayName() {
        return this.displayName;
    }

    abstract BenchmarkedStore open(Path directory, Memory memory);

}
