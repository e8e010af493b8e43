package io.flowstate.internal.pagestore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.internal.pagetable.PageTable;
import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;

/**
 * The page log: images of state pages and blocks of the page tables, appended by
 * checkpoints and never changed, as in LLAMA (VLDB 2013). An image is found through the
 * {@link PageTable} of its state. When the log is much longer than what is needed of it,
 * or has many small segments, as each run leaves one, a checkpoint writes what is needed
 * of the deadest segments and of the small ones once more, so that they can go.
 *
 * <p>
 * Any thread may {@linkplain #read read}; all else is done by the checkpoint thread, or
 * before it starts by the opening thread.
 */
public final class PageStore {

    /** The log is cleaned when it is longer than this many times what is needed. */
    private static final double CLEAN_FACTOR = 1.5;

    /** A compaction leaves hardly anything that is not needed. */
    private static final double COMPACT_FACTOR = 1.02;

    private final LogSegments segments;

    private final PageCodecs codecs;

    private final long segmentSizeBytes;

    private final ImageBuffers buffers = new ImageBuffers();

    private final PageLogWriter writer;

    private Map<Integer, PageTable> tables = Map.of(); // as of the newest checkpoint

    private SegmentUse use = new SegmentUse();

    private TableChain chain = TableChain.EMPTY;

    private volatile boolean compact; // the next checkpoint empties all it can

    private volatile long liveBytes; // for those who ask

    private final AtomicLong copiedBytes = new AtomicLong();

    /**
     * Creates a store over a log.
     * @param segments the log
     * @param codecs what images are made with
     * @param segmentSizeBytes where its segments end
     */
    public PageStore(LogSegments segments, PageCodecs codecs, long segmentSizeBytes) {
        this.segments = segments;
        this.codecs = codecs;
        this.segmentSizeBytes = segmentSizeBytes;
        this.writer = new PageLogWriter(segments, segmentSizeBytes);
    }

    /** What images are made with. */
    public PageCodecs codecs() {
        return this.codecs;
    }

    /**
     * Reads a page.
     * @param word where its image lies
     * @return its bytes, or null if its segment is gone: the page lies elsewhere by now
     * @throws io.flowstate.storage.CorruptStateException if the image is not what was
     * written there
     */
    public byte @Nullable [] read(int stateId, int page, long word) {
        SegmentRange range = this.segments.find(ImageAddress.address(word));
        if (range == null) {
            return null;
        }
        byte[] array = this.buffers.take(ImageAddress.length(word));
        ByteBuffer image = readImage(range, stateId, page, word, array);
        byte[] bytes = this.codecs.decode(image,
                (found) -> this.segments.corrupt(range, ImageAddress.address(word), expected(stateId, page), found));
        // not after a failure: a device that hangs may still write to it
        this.buffers.giveBack(array);
        return bytes;
    }

    private ByteBuffer readImage(SegmentRange range, int stateId, int page, long word, byte[] array) {
        long address = ImageAddress.address(word);
        ByteBuffer image = PageImage.view(array);
        image.limit((int) Math.min(ImageAddress.length(word), range.endAddress() - address));
        this.segments.read(range, address, image);
        String problem = PageImage.problem(image.rewind(), this.segments.context(range, address), stateId, page);
        if (problem != null) {
            throw this.segments.corrupt(range, address, expected(stateId, page), problem);
        }
        return image;
    }

    private static String expected(int stateId, int page) {
        return "the image of page " + page + " of state " + stateId;
    }

    // Opening and restoring

    /**
     * Fills empty page tables from a checkpoint and goes on from there.
     * @param recovered the tables of all its states, by state id
     * @param lastBlock the newest block of its tables, {@link ImageAddress#NONE} if there
     * is none
     * @throws io.flowstate.storage.CorruptStateException if they are not what was written
     */
    public void load(Map<Integer, RecoveredTable> recovered, long lastBlock) {
        SegmentUse counted = new SegmentUse();
        counted.know(this.segments.ranges());
        TableChain loaded = read(this.segments, recovered, lastBlock, counted::add);
        Map<Integer, PageTable> newTables = new HashMap<>();
        recovered.forEach((stateId, state) -> newTables.put(stateId, state.table()));
        loaded.words().forEach(counted::add);
        this.tables = Map.copyOf(newTables);
        this.chain = loaded;
        this.use = counted;
        this.liveBytes = counted.liveBytes();
    }

    /**
     * Verifies all that {@link #load} would, and changes nothing but tables made for it.
     * @param segments the page log as the checkpoint has it
     * @param recovered empty tables of all its states, by state id
     * @param lastBlock the newest block of its tables
     * @throws io.flowstate.storage.CorruptStateException if they are not what was written
     */
    public static void verify(LogSegments segments, Map<Integer, RecoveredTable> recovered, long lastBlock) {
        read(segments, recovered, lastBlock, (word) -> {
        });
    }

    /** Fills tables; each place of an image that they end up with is checked and met. */
    private static TableChain read(LogSegments segments, Map<Integer, RecoveredTable> recovered, long lastBlock,
            LongConsumer places) {
        TableChain chain = TableChain.read(segments, lastBlock, (stateId, page, word) -> {
            RecoveredTable state = recovered.get(stateId);
            if (state == null) {
                return true; // dropped since
            }
            boolean known = page < state.nextPage();
            if (known) {
                state.table().set(page, word);
            }
            return known;
        });
        recovered.forEach((stateId, state) -> state.table().forEach((page, word) -> {
            checkPlace(segments, stateId, page, word);
            places.accept(word);
        }));
        return chain;
    }

    private static void checkPlace(LogSegments segments, int stateId, int page, long word) {
        long address = ImageAddress.address(word);
        SegmentRange range = segments.find(address);
        if (range == null) {
            throw segments.missing(address, expected(stateId, page));
        }
        if (ImageAddress.length(word) > range.endAddress() - address) {
            throw segments.corrupt(range, address, expected(stateId, page),
                    "the end of the segment before that of the image");
        }
    }

    /**
     * The page table of a state that is recovered.
     *
     * @param table the table, empty at first
     * @param nextPage no page of the state has this number or a higher one
     */
    public record RecoveredTable(PageTable table, int nextPage) {
    }

    /** Lets the next checkpoint empty every segment that has anything superfluous. */
    public void compact() {
        this.compact = true;
    }

    // A checkpoint

    /**
     * Begins to write the pages of a checkpoint.
     * @param cutTables the tables of all states that the cut has, by state id
     */
    public Writing begin(Map<Integer, PageTable> cutTables) {
        return new Writing(cutTables);
    }

    /**
     * Forgets the segments that neither the newest checkpoint nor any other needs;
     * {@link #deleteReleased} deletes them.
     * @param needed segments that kept checkpoints need
     * @param released segments of checkpoints that are kept no longer
     */
    public void retain(Collection<LogSegment> needed, Collection<LogSegment> released) {
        this.segments.retain((range) -> this.use.liveBytes(range) > 0, needed, released);
    }

    /** Whether much is forgotten that is not deleted yet. */
    public boolean hasMuchReleased() {
        return this.segments.hasMuchReleased();
    }

    /** Deletes the segments that are forgotten. Any thread. */
    public void deleteReleased() {
        this.segments.deleteReleased();
    }

    /** The bytes of the log that are needed. */
    public long liveBytes() {
        return this.liveBytes;
    }

    /** The bytes that cleaning has written once more. */
    public long copiedBytes() {
        return this.copiedBytes.get();
    }

    /**
     * The pages of one checkpoint on their way to the log. Nothing counts before
     * {@link #commit}.
     */
    public final class Writing {

        private final long start;

        private final Map<Integer, PageTable> cutTables;

        private final List<Change> changes = new ArrayList<>();

        private final Map<Integer, BitSet> settled = new HashMap<>();

        private SegmentUse nextUse;

        private TableChain nextChain = PageStore.this.chain;

        private boolean begun;

        private long copied;

        private Writing(Map<Integer, PageTable> cutTables) {
            this.cutTables = cutTables;
            this.start = PageStore.this.segments.writtenUntil();
            this.nextUse = PageStore.this.use.copy();
        }

        /** Nothing is taken before there is something to write. */
        private PageLogWriter writer() {
            if (!this.begun) {
                PageStore.this.writer.begin();
                this.begun = true;
            }
            return PageStore.this.writer;
        }

        /**
         * Writes a page.
         * @param bytes its bytes, which nobody changes meanwhile
         */
        public void write(int stateId, int page, byte[] bytes) {
            byte[] array = PageStore.this.buffers.take(bytes.length + PageImage.MAX_HEADER_BYTES);
            append(stateId, page, PageStore.this.codecs.encode(stateId, page, bytes, bytes.length, array));
            PageStore.this.buffers.giveBack(array);
        }

        /**
         * Writes a page that is an image already.
         * @param image as {@link PageCodecs#encode} made it
         */
        public void append(int stateId, int page, ByteBuffer image) {
            settle(stateId, page, writer().append(image));
        }

        /** Notes that a page is free. */
        public void free(int stateId, int page) {
            settle(stateId, page, ImageAddress.NONE);
        }

        private void settle(int stateId, int page, long word) {
            BitSet pages = this.settled.computeIfAbsent(stateId, (id) -> new BitSet());
            if (pages.get(page)) {
                // its older image would be counted out twice, and with it a needed one
                throw new IllegalStateException("page " + page + " of state " + stateId + " comes twice in one cut");
            }
            pages.set(page);
            this.changes.add(new Change(stateId, page, word));
        }

        /**
         * Cleans, writes what changed in the page tables, and makes all of it durable.
         */
        public void finish() {
            int own = this.changes.size();
            if (own == 0 && !PageStore.this.compact && this.cutTables.keySet().equals(PageStore.this.tables.keySet())) {
                return;
            }
            removeDropped();
            this.changes.forEach(this::removeOld);
            boolean snapshot = clean() || this.nextChain.isLong();
            this.changes.subList(own, this.changes.size()).forEach(this::removeOld);
            if (snapshot || !this.changes.isEmpty()) {
                int blocks = snapshot ? 0 : this.nextChain.words().size();
                this.nextChain = snapshot ? snapshot() : changes();
                writer().sync();
                this.nextUse.know(PageStore.this.segments.ranges());
                this.changes.forEach((change) -> this.nextUse.add(change.word()));
                this.nextChain.words().stream().skip(blocks).forEach(this.nextUse::add);
            }
        }

        private void removeDropped() {
            PageStore.this.tables.forEach((stateId, table) -> {
                if (!this.cutTables.containsKey(stateId)) {
                    table.forEach((page, word) -> this.nextUse.remove(word));
                }
            });
        }

        private void removeOld(Change change) {
            PageTable table = this.cutTables.get(change.stateId());
            if (table != null) {
                this.nextUse.remove(table.get(change.page()));
            }
        }

        /**
         * Writes once more what is needed of the deadest segments, and of small ones.
         * @return whether a block of the page tables lay there, so that they have to be
         * written as a whole
         */
        private boolean clean() {
            double factor = PageStore.this.compact ? COMPACT_FACTOR : CLEAN_FACTOR;
            long slack = PageStore.this.compact ? 0 : PageStore.this.segmentSizeBytes;
            List<SegmentRange> victims = this.nextUse.victims(PageStore.this.segments.ranges(), factor, slack,
                    PageStore.this.segmentSizeBytes);
            if (victims.isEmpty()) {
                return false;
            }
            this.cutTables.forEach((stateId, table) -> {
                BitSet own = this.settled.getOrDefault(stateId, new BitSet());
                table.forEach((page, word) -> {
                    SegmentRange range = rangeOf(victims, ImageAddress.address(word));
                    if (range != null && !own.get(page)) {
                        copy(range, stateId, page, word);
                    }
                });
            });
            return this.nextChain.words()
                .stream()
                .anyMatch((word) -> rangeOf(victims, ImageAddress.address(word)) != null);
        }

        private static @Nullable SegmentRange rangeOf(List<SegmentRange> ranges, long address) {
            for (SegmentRange range : ranges) {
                if (address >= range.startAddress() && address < range.endAddress()) {
                    return range;
                }
            }
            return null;
        }

        private void copy(SegmentRange range, int stateId, int page, long word) {
            byte[] array = PageStore.this.buffers.take(ImageAddress.length(word));
            ByteBuffer image = readImage(range, stateId, page, word, array);
            this.copied += image.remaining();
            this.changes.add(new Change(stateId, page, writer().append(image)));
            PageStore.this.buffers.giveBack(array);
        }

        private TableChain changes() {
            TableChain.Builder builder = new TableChain.Builder(writer(), this.nextChain);
            this.changes.forEach((change) -> builder.add(change.stateId(), change.page(), change.word()));
            return builder.build();
        }

        private TableChain snapshot() {
            this.nextChain.words().forEach(this.nextUse::remove);
            Map<Integer, Map<Integer, Long>> changed = new HashMap<>();
            this.changes.forEach((change) -> changed.computeIfAbsent(change.stateId(), (id) -> new HashMap<>())
                .put(change.page(), change.word()));
            TableChain.Builder builder = new TableChain.Builder(writer(), TableChain.EMPTY);
            this.cutTables.forEach((stateId, table) -> {
                Map<Integer, Long> own = changed.getOrDefault(stateId, Map.of());
                table.forEach((page, word) -> {
                    if (!own.containsKey(page)) {
                        builder.add(stateId, page, word);
                    }
                });
                own.forEach((page, word) -> {
                    if (word != ImageAddress.NONE) {
                        builder.add(stateId, page, word);
                    }
                });
            });
            return builder.build();
        }

        /** The segments that the checkpoint needs. After {@link #finish}. */
        public List<SegmentRange> neededRanges() {
            return this.nextUse.needed(PageStore.this.segments.ranges());
        }

        /** The newest block of the page tables. After {@link #finish}. */
        public long lastBlock() {
            return this.nextChain.last();
        }

        /**
         * The checkpoint is committed: from now on pages are found where it wrote them.
         */
        public void commit() {
            for (Change change : this.changes) {
                PageTable table = this.cutTables.get(change.stateId());
                if (table != null) {
                    table.set(change.page(), change.word());
                }
            }
            PageStore.this.tables = Map.copyOf(this.cutTables);
            PageStore.this.use = this.nextUse;
            PageStore.this.chain = this.nextChain;
            PageStore.this.liveBytes = this.nextUse.liveBytes();
            PageStore.this.copiedBytes.addAndGet(this.copied);
            PageStore.this.compact = false;
        }

        /** The checkpoint has failed: what was not made durable is given up. */
        public void abandon() {
            if (PageStore.this.segments.hasUnsynced()) {
                PageStore.this.segments.abandonUnsynced(this.start);
            }
        }

    }

    private record Change(int stateId, int page, long word) {
    }

}
