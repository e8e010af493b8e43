package io.flowstate.internal.page;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;

import io.flowstate.internal.page.PageFileSpace.PageFile;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.storage.TemporaryFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modified-page file: encoded pages that did not fit in the cache, on the local disk
 * until the end of the run. No run reads what another has written.
 *
 * <p>
 * It consists of files, which are made when they are needed and deleted when nothing in
 * them is used ({@link PageFileSpace} draws how they are divided); a page lies in a slot
 * (drawn in {@link SlotBytes}) and is verified when it is read.
 *
 * <p>
 * Any thread may call any method. Reading and writing happen under no lock; nobody waits
 * for another's. Freeing touches no file, and may be done where no waiting is allowed:
 * empty files are deleted by the next {@link #write}, or {@link #deleteEmptyFiles}.
 */
public final class ModifiedPageFile implements AutoCloseable {

    /** The longest page, in bytes. */
    public static final int MAX_PAGE_BYTES = 64 << 20;

    private static final String LIMIT_PROPERTY = "temporary-size-limit";

    /** Buffers for pages larger than this are not kept for the next. */
    private static final int MAX_KEPT_BYTES = 2 << 20;

    private static final Logger logger = LoggerFactory.getLogger(ModifiedPageFile.class);

    private final TemporaryFiles files;

    private final long limitBytes;

    private final PageFileSpace space;

    private final BlockingQueue<SlotBytes> buffers = new ArrayBlockingQueue<>(
            2 * Runtime.getRuntime().availableProcessors());

    private final LongAdder reads = new LongAdder();

    private final LongAdder readBytes = new LongAdder();

    private final LongAdder writes = new LongAdder();

    private final LongAdder writtenBytes = new LongAdder();

    private ModifiedPageFile(TemporaryFiles files, long limitBytes) {
        this.files = files;
        this.limitBytes = limitBytes;
        this.space = new PageFileSpace(limitBytes);
    }

    /**
     * Opens an empty one on this machine, after clearing what dead runs have left in the
     * directory.
     * @param directory created if it is missing; others may use it too
     * @param limitBytes {@code temporary-size-limit}: the most that all its files take
     * @param owner whose it is, for a person to read
     * @throws StorageUnavailableException if the directory cannot be used
     */
    public static ModifiedPageFile open(Path directory, long limitBytes, String owner) {
        return open(LocalFiles.system(), directory, limitBytes, owner);
    }

    /**
     * Opens an empty one, after clearing what dead runs have left in the directory.
     * @param files how files are reached
     * @param directory created when the first page is written; others may use it too
     * @param limitBytes {@code temporary-size-limit}: the most that all its files take
     * @param owner whose it is, for a person to read
     */
    public static ModifiedPageFile open(LocalFiles files, Path directory, long limitBytes, String owner) {
        return new ModifiedPageFile(TemporaryFiles.open(files, directory, owner), limitBytes);
    }

    /** Whether reading or deleting may fail to return at all. */
    boolean mayHang() {
        return this.files.mayHang();
    }

    /**
     * Writes a page.
     * @param page what remains in it, 1 byte to {@value #MAX_PAGE_BYTES}; its position
     * moves to its limit if it was written
     * @return where it lies, until it is freed
     * @throws StorageFullException at the limit, or if the disk is full
     * @throws StorageUnavailableException if the disk did not do it
     */
    public PageSlot write(ByteBuffer page) {
        int length = page.remaining();
        if (length < 1 || length > MAX_PAGE_BYTES) {
            throw new IllegalArgumentException("a page must have 1 to " + MAX_PAGE_BYTES + " bytes, but had " + length);
        }
        PageSlot slot = take(length);
        boolean written = false;
        try {
            write(slot, page);
            deleteEmptyFiles();
            written = true;
        }
        finally {
            if (!written) {
                this.space.free(slot);
            }
        }
        page.position(page.limit());
        return slot;
    }

    private PageSlot take(int length) {
        PageSlot slot = this.space.take(length);
        if (slot == null) {
            // What waits to be deleted counts as well.
            deleteEmptyFiles();
            slot = this.space.take(length);
        }
        if (slot == null) {
            throw new StorageFullException(
                    this + " take " + usedBytes() + " bytes in " + sizeBytes() + " bytes of files, and a page of "
                            + length + " bytes would take more than " + LIMIT_PROPERTY + ", " + this.limitBytes
                            + " bytes; raise it, or take checkpoints more often," + " which makes room");
        }
        return slot;
    }

    private void write(PageSlot slot, ByteBuffer page) {
        SlotBytes buffer = takeBuffer();
        ByteBuffer bytes = buffer.encode(slot, page);
        int count = bytes.remaining();
        this.files.write(slot.file(), slot.offset(), bytes);
        this.writes.increment();
        this.writtenBytes.add(count);
        giveBack(buffer);
    }

    /**
     * Reads a page, and makes sure that it is the one that was written.
     * @param slot where it lies
     * @param target as much room as the page is long; filled to its limit, and untouched
     * if anything is thrown
     * @throws CorruptStateException if it is not there, which is also what happens if the
     * slot was freed
     * @throws StorageUnavailableException if the disk did not do it
     */
    public void read(PageSlot slot, ByteBuffer target) {
        if (target.remaining() != slot.length()) {
            throw new IllegalArgumentException(
                    "expected room for " + slot.length() + " bytes, but it was " + target.remaining());
        }
        SlotBytes buffer = takeBuffer();
        ByteBuffer bytes = buffer.room(slot);
        int count = bytes.remaining();
        this.files.read(slot.file(), slot.offset(), bytes);
        this.reads.increment();
        this.readBytes.add(count);
        buffer.decode(slot, this.files.describe(slot.file()), target);
        giveBack(buffer);
    }

    /**
     * Says that a page, although it is the one that was written, is not what it should
     * be.
     * @param slot where it lies
     * @param expected what should be there
     * @param found what is there
     * @return the error, to be thrown
     */
    public CorruptStateException corrupt(PageSlot slot, String expected, String found) {
        return new CorruptStateException(this.files.describe(slot.file()), slot.offset(), expected, found);
    }

    private SlotBytes takeBuffer() {
        SlotBytes buffer = this.buffers.poll();
        return (buffer != null) ? buffer : new SlotBytes();
    }

    private void giveBack(SlotBytes buffer) {
        if (buffer.capacity() <= MAX_KEPT_BYTES) {
            this.buffers.offer(buffer);
        }
    }

    /**
     * Gives a page's space to others. Touches no file.
     * @param slot where it lies; not read any more
     * @throws IllegalStateException if it is not in use
     */
    public void free(PageSlot slot) {
        this.space.free(slot);
    }

    /**
     * Deletes the files in which nothing is used, as the next {@link #write} would. To be
     * called after many pages were freed.
     */
    public void deleteEmptyFiles() {
        PageFile file = this.space.takeEmptyFile();
        while (file != null) {
            if (!delete(file)) {
                return;
            }
            file = this.space.takeEmptyFile();
        }
    }

    private boolean delete(PageFile file) {
        boolean deleted = false;
        try {
            this.files.delete(file.number());
            deleted = true;
        }
        catch (StorageUnavailableException | StorageFullException ex) {
            // Nothing is lost but space, which still counts; tried again at the next
            // write.
            logger.warn("could not delete an empty file of modified pages, and will try again: {}", ex.getMessage());
        }
        finally {
            if (deleted) {
                this.space.deleted(file);
            }
            else {
                this.space.notDeleted(file);
            }
        }
        return deleted;
    }

    /**
     * What the pages in it take, each with its header and rounded up to 4 KiB.
     * @return a number of bytes
     */
    public long usedBytes() {
        return this.space.usedBytes();
    }

    /**
     * The most that its files take on the disk; never more than the limit.
     * @return a number of bytes
     */
    public long sizeBytes() {
        return this.space.sizeBytes();
    }

    /**
     * How many pages were read in this run, failed reads left out.
     * @return the count
     */
    public long reads() {
        return this.reads.sum();
    }

    /**
     * How many bytes were read for them.
     * @return the count
     */
    public long readBytes() {
        return this.readBytes.sum();
    }

    /**
     * How many pages were written in this run, failed writes left out.
     * @return the count
     */
    public long writes() {
        return this.writes.sum();
    }

    /**
     * How many bytes were written for them.
     * @return the count
     */
    public long writtenBytes() {
        return this.writtenBytes.sum();
    }

    /** Deletes it; to be called when nobody uses it any more. */
    @Override
    public void close() {
        this.files.close();
    }

    @Override
    public String toString() {
        return "the modified pages among " + this.files;
    }

}
