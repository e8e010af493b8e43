package io.flowstate.testing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import io.flowstate.storage.LocalFiles;
import org.jspecify.annotations.Nullable;

/**
 * Files that note, in one order, everything that changes them, and can show what a power
 * cut at any point of it could have left.
 *
 * <pre>
 *   MemoryFiles disk = new MemoryFiles();
 *   RecordingFiles files = new RecordingFiles(disk);
 *   ...                                   // run a store on files; files.mark(version) when it says so
 *   for (int cut = 0; cut &lt;= files.operations(); cut++) {
 *       MemoryFiles left = files.rebuild(cut, random);
 *       ...                               // open a store on left; files.marksBefore(cut) must be in it
 *   }
 * </pre>
 *
 * What a cut leaves is as bad as a sound file system allows:
 * <ul>
 * <li>of a file, what it held at its last force, and of each write since then all,
 * nothing or any sectors of 512 bytes; its length is that of the last force, or any up to
 * where writes since then reached, with zeros where nothing arrived;
 * <li>of the names in a directory, those of its last force; each creation, rename and
 * deletion since then may be there or not, and the order holds only for the same name; a
 * rename is there whole or not at all;
 * <li>so a file whose name was never made durable may be gone although it was forced.
 * </ul>
 *
 * What failed is not noted: let faults come from outside, as in
 * {@code new FaultyFiles(new RecordingFiles(..))}. Calls that change something are made
 * one at a time.
 */
public final class RecordingFiles implements LocalFiles {

    private final LocalFiles files;

    private final MemoryFiles before;

    private final List<Operation> operations = new ArrayList<>(); // guarded by this

    /** The present files by name: each file has a number of its own. */
    private final Map<Path, Integer> numbers = new HashMap<>(); // guarded by this

    private int nextNumber; // guarded by this

    /**
     * Records what happens to files in memory. What they hold now counts as durable.
     * @param files where everything is done
     */
    public RecordingFiles(MemoryFiles files) {
        this(files, files.copy());
    }

    /**
     * Records what happens to any files.
     * @param files where everything is done
     * @param before what they hold now, all durable
     */
    public RecordingFiles(LocalFiles files, MemoryFiles before) {
        this.files = files;
        this.before = before.copy();
        for (Path path : this.before.paths()) {
            this.numbers.put(path, this.nextNumber++);
        }
    }

    /**
     * How many operations were noted so far, marks included.
     * @return the largest cut
     */
    public synchronized int operations() {
        return this.operations.size();
    }

    /**
     * What an operation was.
     * @param number from 0 to {@link #operations()} - 1
     * @return a description, for a message
     */
    public synchronized String describe(int number) {
        return this.operations.get(number).toString();
    }

    /**
     * Notes something of the test's own in the order of operations, such as a version
     * that was acknowledged.
     * @param mark anything
     */
    public synchronized void mark(Object mark) {
        this.operations.add(new Operation.Mark(mark));
    }

    /**
     * What was marked before a cut.
     * @param cut as in {@link #rebuild}
     * @return the marks in their order
     */
    public synchronized List<Object> marksBefore(int cut) {
        List<Object> marks = new ArrayList<>();
        for (Operation operation : this.operations.subList(0, cut)) {
            if (operation instanceof Operation.Mark mark) {
                marks.add(mark.value());
            }
        }
        return marks;
    }

    /**
     * What a power cut could have left.
     * @param cut how many operations came before it
     * @param random chooses among what is possible; the same seed chooses the same
     * @return new files, in which all is durable
     */
    public MemoryFiles rebuild(int cut, SplittableRandom random) {
        List<Operation> done;
        synchronized (this) {
            done = List.copyOf(this.operations.subList(0, cut));
        }
        return new PowerCut(this.before, done, random).remains();
    }

    @Override
    public boolean mayHang() {
        return this.files.mayHang();
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        Path existing = directory.normalize();
        while (existing != null && !exists(existing)) {
            missing.push(existing);
            existing = existing.getParent();
        }
        this.files.createDirectories(directory);
        if (existing != null && existing.getParent() != null) {
            this.operations.add(new Operation.ForceDirectory(existing.getParent()));
        }
        Path parent = existing;
        for (Path next : missing) {
            this.operations.add(new Operation.CreateDirectory(next));
            if (parent != null) {
                this.operations.add(new Operation.ForceDirectory(parent));
            }
            parent = next;
        }
    }

    private boolean exists(Path path) throws IOException {
        try {
            this.files.realPath(path);
            return true;
        }
        catch (NoSuchFileException ex) {
            return false;
        }
    }

    @Override
    public synchronized LocalFile create(Path file) throws IOException {
        LocalFile created = this.files.create(file);
        return new RecordedFile(created, noteCreation(file.normalize()));
    }

    private int noteCreation(Path file) {
        int number = this.nextNumber++;
        this.numbers.put(file, number);
        this.operations.add(new Operation.Create(file, number));
        return number;
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        return this.files.openForReading(file);
    }

    @Override
    public synchronized LocalFile openForWriting(Path file) throws IOException {
        return new RecordedFile(this.files.openForWriting(file), numberOf(file.normalize()));
    }

    private int numberOf(Path file) {
        Integer number = this.numbers.get(file);
        if (number == null) {
            throw new IllegalStateException(file + " was made past this recording");
        }
        return number;
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        this.files.rename(source, target);
        int number = numberOf(source.normalize());
        this.numbers.remove(source.normalize());
        this.numbers.put(target.normalize(), number);
        this.operations.add(new Operation.Rename(source.normalize(), target.normalize(), number));
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        this.files.forceDirectory(directory);
        this.operations.add(new Operation.ForceDirectory(directory.normalize()));
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return this.files.list(directory);
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        boolean existed = exists(file);
        this.files.delete(file);
        if (existed) {
            this.numbers.remove(file.normalize());
            this.operations.add(new Operation.Delete(file.normalize()));
        }
    }

    @Override
    public Path realPath(Path path) throws IOException {
        return this.files.realPath(path);
    }

    @Override
    public Object fileKey(Path file) throws IOException {
        return this.files.fileKey(file);
    }

    @Override
    public synchronized @Nullable Closeable tryLock(Path file) throws IOException {
        boolean existed = exists(file);
        Closeable lock = this.files.tryLock(file);
        if (!existed && exists(file)) {
            noteCreation(file.normalize());
        }
        return lock;
    }

    @Override
    public String toString() {
        return "a recording of " + operations() + " operations on " + this.files;
    }

    /** An open file whose writes are noted. */
    private final class RecordedFile implements LocalFile {

        private final LocalFile file;

        private final int number;

        private RecordedFile(LocalFile file, int number) {
            this.file = file;
            this.number = number;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            return this.file.read(position, target);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.duplicate().get(bytes);
            synchronized (RecordingFiles.this) {
                this.file.write(position, source);
                RecordingFiles.this.operations.add(new Operation.Write(this.number, position, bytes));
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (RecordingFiles.this) {
                this.file.force();
                RecordingFiles.this.operations.add(new Operation.Force(this.number));
            }
        }

        @Override
        public long size() throws IOException {
            return this.file.size();
        }

        @Override
        public void close() throws IOException {
            this.file.close();
        }

    }

}
