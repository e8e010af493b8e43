package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Path;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A store in a directory of its own, opened and filled before the clock starts. */
@State(Scope.Benchmark)
public abstract class OpenStore {

    @Param({ "FLOWSTATE", "ROCKSDB", "MVSTORE", "CONCURRENT_HASH_MAP" })
    StoreKind kind;

    @Param({ "IN_MEMORY", "BEYOND" })
    Memory memory;

    BenchmarkedStore store;

    private Path directory;

    /** Opens, fills and checks the store. */
    @Setup
    public void open(Workload workload) throws IOException {
        this.directory = Directories.create();
        this.store = this.kind.open(this.directory, this.memory);
        long start = System.nanoTime();
        fillAndCheck(workload.entries);
        System.out.printf("# %s: %s; filled in %,d ms%n", this.kind.displayName(), this.store.settings(),
                (System.nanoTime() - start) / 1_000_000);
    }

    abstract void fillAndCheck(long entries);

    /** Closes the store and deletes its files. */
    @TearDown
    public void close() throws IOException {
        try {
            this.store.close();
        }
        finally {
            Directories.delete(this.directory);
        }
    }

}
