package io.flowstate.benchmark;

import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The ordered stores that are compared. */
enum OrderedKind {

    /** Ours. */
    FLOWSTATE("FlowState") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedFlowState(directory, needs);
        }

    },

    /** A log-structured merge tree. */
    ROCKSDB("RocksDB") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedRocksDb(directory, needs);
        }

    },

    /** A copy-on-write B-tree in plain Java. */
    MVSTORE("MVStore") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedMvStore(directory, needs);
        }

    },

    /** A copy-on-write B-tree over a log, in plain Java. */
    XODUS("Xodus") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedXodus(directory, needs);
        }

    },

    /** A copy-on-write B-tree in mapped memory. */
    LMDB("LMDB") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedLmdb(directory, needs);
        }

    },

    /** What the heap alone can do with many threads. */
    SKIP_LIST("ConcurrentSkipListMap") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedHeapMap(new ConcurrentSkipListMap<>());
        }

    },

    /** What the heap alone can do with one thread. */
    TREE_MAP("TreeMap") {

        @Override
        OrderedStore open(Path directory, OrderedNeeds needs) {
            return new OrderedHeapMap(new TreeMap<>());
        }

    };

    private final String displayName;

    OrderedKind(String displayName) {
        this.displayName = displayName;
    }

    String displayName() {
        return this.displayName;
    }

    abstract OrderedStore open(Path directory, OrderedNeeds needs);

}
