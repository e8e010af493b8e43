package io.flowstate.benchmark;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/**
 * A {@link ConcurrentHashMap} that is written to a file at each checkpoint: all of it,
 * synced, renamed. The writer waits, since a map has no cut.
 */
final class CountingHashMap implements CountingStore {

    private static final int BUFFER_BYTES = 1 << 20;

    private final ConcurrentHashMap<Long, Long> counters = new ConcurrentHashMap<>();

    private final Path file;

    private long recovered;

    CountingHashMap(Path directory) {
        this.file = directory.resolve("dump");
        if (Files.exists(this.file)) {
            load();
        }
    }

    private void load() {
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(Files.newInputStream(this.file), BUFFER_BYTES))) {
            this.recovered = in.readLong();
            for (long left = in.readLong(); left > 0; left--) {
                this.counters.put(in.readLong(), in.readLong());
            }
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public String settings() {
        return "boxed, merge; a dump of all in the writer's thread";
    }

    @Override
    public void set(long key, long count) {
        this.counters.put(key, count);
    }

    @Override
    public long add(long key) {
        return this.counters.merge(key, 1L, Long::sum);
    }

    @Override
    public long get(long key) {
        return this.counters.getOrDefault(key, 0L);
    }

    @Override
    public Future<?> checkpoint(long done) {
        Path written = this.file.resolveSibling("dump.new");
        try (FileOutputStream target = new FileOutputStream(written.toFile());
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(target, BUFFER_BYTES))) {
            out.writeLong(done);
            out.writeLong(this.counters.size());
            for (var counter : this.counters.entrySet()) {
                out.writeLong(counter.getKey());
                out.writeLong(counter.getValue());
            }
            out.flush();
            target.getFD().sync();
            Files.move(written, this.file, StandardCopyOption.ATOMIC_MOVE);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public long recovered() {
        return this.recovered;
    }

    @Override
    public void close() {
        this.counters.clear();
    }

}
