package io.flowstate.internal.page;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Which part of the modified-page file is used: finds room for a page, takes it back, and
 * tells which files are empty. Touches no file. Any thread; all under one lock, for less
 * than a microsecond.
 *
 * <pre>
 *   file 1  | chunk | chunk | chunk | chunk | chunk | chunk |         at most 64 chunks
 *           |extent | extent of     4 chunks        | free  |
 *           |s|s|s|s|  slot |  slot | slot  |  slot |
 * </pre>
 *
 * A file is divided into chunks of 1 MiB. One, 4 or 16 chunks in a row are an extent,
 * which is divided into slots of one size: into as many as are large enough, and at least
 * 4. So a slot has at most a quarter more than its page needs, rounded to 4 KiB. What is
 * larger than 4 chunks is an extent by itself, and has a file of its own if it is larger
 * than a file. An extent without a used slot gives back its chunks, a file without an
 * extent is deleted.
 *
 * <p>
 * The first free place is taken, so that the last files become empty. The limit bounds
 * the lengths of all files together, those to be deleted included; files and chunks are
 * smaller if it is small.
 */
final class PageFileSpace {

    private static final int MAX_CHUNK_BLOCKS = 256;

    private static final int MIN_CHUNK_BLOCKS = 16;

    private static final int MAX_FILE_CHUNKS = 64;

    private static final int MIN_FILE_CHUNKS = 16;

    /** The chunks of an extent are a power of this. */
    private static final int EXTENT_STEP = 4;

    private static final int MIN_SLOTS = 4;

    private final long limitBlocks;

    private final int chunkBlocks;

    private final int fileChunks;

    private final ReentrantLock lock = new ReentrantLock();

    /** All that are not deleted, by their numbers; guarded by lock. */
    private final NavigableMap<Integer, PageFile> files = new TreeMap<>();

    /** Those with a free slot, by kind; guarded by lock. */
    private final Map<ExtentKind, NavigableSet<Extent>> withFreeSlot = new HashMap<>();

    /** Those of them in which nothing is used; guarded by lock. */
    private final Deque<PageFile> empty = new ArrayDeque<>();

    /** Those that could not be deleted; guarded by lock. */
    private final Deque<PageFile> undeleted = new ArrayDeque<>();

    private int lastFile; // guarded by lock

    private long lastSequence; // guarded by lock

    private long usedBlocks; // guarded by lock

    private long sizeBlocks; // guarded by lock

    PageFileSpace(long limitBytes) {
        this.limitBlocks = limitBytes / SlotBytes.BLOCK_BYTES;
        this.chunkBlocks = (int) Long
            .highestOneBit(clamp(this.limitBlocks / MAX_FILE_CHUNKS, MIN_CHUNK_BLOCKS, MAX_CHUNK_BLOCKS));
        this.fileChunks = (int) clamp(this.limitBlocks / this.chunkBlocks / 8, MIN_FILE_CHUNKS, MAX_FILE_CHUNKS);
    }

    private static long clamp(long value, long least, long most) {
        return Math.max(least, Math.min(most, value));
    }

    /**
     * Takes a slot.
     * @param length the length of its page
     * @return the slot, or null if the limit leaves no room for it
     */
    @Nullable PageSlot take(int length) {
        int blocks = SlotBytes.blocks(length);
        this.lock.lock();
        try {
            Extent extent = extentFor(blocks);
            if (extent == null) {
                return null;
            }
            int index = extent.take(++this.lastSequence);
            if (extent.isFull()) {
                withFreeSlot(extent.kind).remove(extent);
            }
            int begin = extent.beginOf(index);
            int growth = Math.max(0, begin + blocks - extent.file.lengthBlocks);
            extent.file.lengthBlocks += growth;
            this.sizeBlocks += growth;
            this.usedBlocks += blocks;
            return PageSlot.of(extent.file.number, (long) begin * SlotBytes.BLOCK_BYTES, length, this.lastSequence);
        }
        finally {
            this.lock.unlock();
        }
    }

    /** The first extent that has a slot for so many blocks within the limit. */
    private @Nullable Extent extentFor(int blocks) {
        ExtentKind kind = ExtentKind.of(blocks, this.chunkBlocks);
        for (Extent extent : withFreeSlot(kind)) {
            if (fits(extent.file, extent.beginOf(extent.firstFree()) + blocks)) {
                return extent;
            }
        }
        for (PageFile file : this.files.values()) {
            int chunk = file.firstFree(kind.chunks());
            if (chunk >= 0 && fits(file, chunk * this.chunkBlocks + blocks)) {
                return open(new Extent(kind, file, chunk * this.chunkBlocks));
            }
        }
        if (this.sizeBlocks + blocks > this.limitBlocks) {
            return null;
        }
        PageFile file = new PageFile(++this.lastFile, Math.max(this.fileChunks, kind.chunks()));
        this.files.put(file.number, file);
        this.empty.add(file);
        return open(new Extent(kind, file, 0));
    }

    private boolean fits(PageFile file, int end) {
        return this.sizeBlocks + Math.max(0, end - file.lengthBlocks) <= this.limitBlocks;
    }

    private Extent open(Extent extent) {
        if (extent.file.isEmpty()) {
            this.empty.remove(extent.file);
        }
        setChunks(extent, extent);
        withFreeSlot(extent.kind).add(extent);
        return extent;
    }

    private void setChunks(Extent extent, @Nullable Extent owner) {
        extent.file.set(extent.begin / this.chunkBlocks, extent.kind.chunks(), owner);
    }

    private NavigableSet<Extent> withFreeSlot(ExtentKind kind) {
        return this.withFreeSlot.computeIfAbsent(kind, (absent) -> new TreeSet<>(Extent.BY_PLACE));
    }

    /**
     * Takes a slot back.
     * @throws IllegalStateException if it is not in use
     */
    void free(PageSlot slot) {
        this.lock.lock();
        try {
            PageFile file = this.files.get(slot.file());
            int begin = (int) (slot.offset() / SlotBytes.BLOCK_BYTES);
            Extent extent = (file != null) ? file.extentAt(begin / this.chunkBlocks) : null;
            if (extent == null || !extent.free(begin, slot.sequence())) {
                throw new IllegalStateException(slot + " is not in use; was it freed before?");
            }
            this.usedBlocks -= SlotBytes.blocks(slot.length());
            if (!extent.isEmpty()) {
                withFreeSlot(extent.kind).add(extent);
                return;
            }
            withFreeSlot(extent.kind).remove(extent);
            setChunks(extent, null);
            if (extent.file.isEmpty()) {
                this.empty.add(extent.file);
            }
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Takes a file out in which nothing is used, to be deleted. Its number is not used
     * again, and its length counts until it {@linkplain #deleted is}.
     * @return the file, or null if there is none
     */
    @Nullable PageFile takeEmptyFile() {
        this.lock.lock();
        try {
            PageFile file = this.empty.poll();
            if (file == null) {
                return this.undeleted.poll();
            }
            this.files.remove(file.number);
            return file;
        }
        finally {
            this.lock.unlock();
        }
    }

    /** Says that a file was deleted. */
    void deleted(PageFile file) {
        this.lock.lock();
        try {
            this.sizeBlocks -= file.lengthBlocks;
        }
        finally {
            this.lock.unlock();
        }
    }

    /** Says that a file could not be deleted, to try again later. */
    void notDeleted(PageFile file) {
        this.lock.lock();
        try {
            this.undeleted.add(file);
        }
        finally {
            this.lock.unlock();
        }
    }

    /** What the slots in use take, each rounded up to 4 KiB. */
    long usedBytes() {
        this.lock.lock();
        try {
            return this.usedBlocks * SlotBytes.BLOCK_BYTES;
        }
        finally {
            this.lock.unlock();
        }
    }

    /** The most that all files together take. */
    long sizeBytes() {
        this.lock.lock();
        try {
            return this.sizeBlocks * SlotBytes.BLOCK_BYTES;
        }
        finally {
            this.lock.unlock();
        }
    }

    /** How an extent is divided. */
    private record ExtentKind(int chunks, int slots, int slotBlocks) {

        private static ExtentKind of(int blocks, int chunkBlocks) {
            for (int chunks = 1; chunks <= MIN_FILE_CHUNKS; chunks *= EXTENT_STEP) {
                int slots = chunks * chunkBlocks / blocks;
                if (slots >= MIN_SLOTS) {
                    return new ExtentKind(chunks, slots, chunks * chunkBlocks / slots);
                }
            }
            int chunks = (blocks + chunkBlocks - 1) / chunkBlocks;
            return new ExtentKind(chunks, 1, chunks * chunkBlocks);
        }

    }

    /** Some chunks in a row, divided into slots of one size. */
    private static final class Extent {

        private static final Comparator<Extent> BY_PLACE = Comparator
            .comparingInt((Extent extent) -> extent.file.number)
            .thenComparingInt((extent) -> extent.begin);

        private final ExtentKind kind;

        private final PageFile file;

        private final int begin;

        private final BitSet used = new BitSet();

        /** What is in each used slot. */
        private final long[] sequences;

        private Extent(ExtentKind kind, PageFile file, int begin) {
            this.kind = kind;
            this.file = file;
            this.begin = begin;
            this.sequences = new long[kind.slots()];
        }

        private boolean isFull() {
            return this.used.cardinality() == this.kind.slots();
        }

        private boolean isEmpty() {
            return this.used.isEmpty();
        }

        private int firstFree() {
            return this.used.nextClearBit(0);
        }

        /** The block at which a slot begins. */
        private int beginOf(int slot) {
            return this.begin + slot * this.kind.slotBlocks();
        }

        private int take(long sequence) {
            int slot = firstFree();
            assert slot < this.kind.slots() : slot;
            this.used.set(slot);
            this.sequences[slot] = sequence;
            return slot;
        }

        private boolean free(int begin, long sequence) {
            int slot = (begin - this.begin) / this.kind.slotBlocks();
            if (slot >= this.kind.slots() || beginOf(slot) != begin || !this.used.get(slot)
                    || this.sequences[slot] != sequence) {
                return false;
            }
            this.used.clear(slot);
            return true;
        }

    }

    /** A file and who has its chunks. */
    static final class PageFile {

        private final int number;

        private final @Nullable Extent[] extents;

        private int lengthBlocks; // guarded by lock

        private int usedChunks; // guarded by lock

        private PageFile(int number, int chunks) {
            this.number = number;
            this.extents = new Extent[chunks];
        }

        int number() {
            return this.number;
        }

        private boolean isEmpty() {
            return this.usedChunks == 0;
        }

        private @Nullable Extent extentAt(int chunk) {
            return (chunk < this.extents.length) ? this.extents[chunk] : null;
        }

        /** The first of so many free chunks in a row; -1 if there are none. */
        private int firstFree(int chunks) {
            int found = 0;
            for (int chunk = 0; chunk < this.extents.length; chunk++) {
                found = (this.extents[chunk] == null) ? found + 1 : 0;
                if (found == chunks) {
                    return chunk - chunks + 1;
                }
            }
            return -1;
        }

        private void set(int firstChunk, int chunks, @Nullable Extent extent) {
            Arrays.fill(this.extents, firstChunk, firstChunk + chunks, extent);
            this.usedChunks += (extent != null) ? chunks : -chunks;
        }

    }

}
