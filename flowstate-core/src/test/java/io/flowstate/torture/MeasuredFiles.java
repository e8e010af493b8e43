package io.flowstate.torture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

import io.flowstate.storage.LocalFiles;
import io.flowstate.testing.ForwardingFiles;

/**
 * Files that know how large all of them together are, and how many bytes were written to
 * and read from each. Only files that were created through it count. Any thread.
 */
final class MeasuredFiles extends ForwardingFiles {

    private final Map<Path, Long> sizes = new ConcurrentHashMap<>();

    private final AtomicLong bytes = new AtomicLong(); // of all that exist

    private final Map<String, AtomicLong> written = new ConcurrentHashMap<>(); // by name

    private final Map<String, AtomicLong> read = new ConcurrentHashMap<>(); // by name

    private volatile Runnable grown = () -> {
    };

    private volatile Runnable renaming = () -> {
    };

    MeasuredFiles(LocalFiles files) {
        super(files);
    }

    /** Says what to do whenever a file has become larger, on the thread that did it. */
    void onGrown(Runnable action) {
        this.grown = action;
    }

    /**
     * Says what to do before a file is renamed, which is how a checkpoint is committed.
     */
    void onRenaming(Runnable action) {
        this.renaming = action;
    }

    /** The bytes of all files that exist. */
    long bytes() {
        return this.bytes.get();
    }

    /** The bytes of those files that exist. */
    long bytes(Predicate<String> names) {
        return this.sizes.entrySet()
            .stream()
            .filter((file) -> names.test(file.getKey().getFileName().toString()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    }

    /** The bytes ever written to files of these names. */
    long written(Predicate<String> names) {
        return sum(this.written, names);
    }

    /** The bytes ever read from files of these names. */
    long read(Predicate<String> names) {
        return sum(this.read, names);
    }

    private static long sum(Map<String, AtomicLong> counts, Predicate<String> names) {
        return counts.entrySet()
            .stream()
            .filter((count) -> names.test(count.getKey()))
            .mapToLong((count) -> count.getValue().get())
            .sum();
    }

    private static void count(Map<String, AtomicLong> counts, Path file, long bytes) {
        counts.computeIfAbsent(file.getFileName().toString(), (name) -> new AtomicLong()).addAndGet(bytes);
    }

    private void forget(Path file) {
        Long gone = this.sizes.remove(file);
        if (gone != null) {
            this.bytes.addAndGet(-gone);
        }
    }

    @Override
    protected LocalFile wrap(Path path, LocalFile opened) {
        return new MeasuredFile(path, opened);
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        this.renaming.run();
        super.rename(source, target);
        forget(target);
        Long size = this.sizes.remove(source);
        if (size != null) {
            this.sizes.put(target, size);
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        super.delete(file);
        forget(file);
    }

    private final class MeasuredFile extends ForwardingFile {

        private final Path path;

        private MeasuredFile(Path path, LocalFile file) {
            super(file);
            this.path = path;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            int count = super.read(position, target);
            count(MeasuredFiles.this.read, this.path, Math.max(0, count));
            return count;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            int count = source.remaining();
            super.write(position, source);
            count(MeasuredFiles.this.written, this.path, count);
            long end = position + count;
            MeasuredFiles.this.sizes.compute(this.path, (same, size) -> {
                long before = (size != null) ? size : 0;
                MeasuredFiles.this.bytes.addAndGet(Math.max(0, end - before));
                return Math.max(before, end);
            });
            MeasuredFiles.this.grown.run();
        }

    }

}
