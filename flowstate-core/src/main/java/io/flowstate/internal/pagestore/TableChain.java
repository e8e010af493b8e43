package io.flowstate.internal.pagestore;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagetable.ImageAddress;

/**
 * The blocks that the page tables are recovered from: a snapshot, and what has changed
 * since.
 *
 * @param words where the blocks lie, oldest first
 * @param snapshotBlocks how many of them, at the beginning, are known to be the snapshot
 */
record TableChain(List<Long> words, int snapshotBlocks) {

    static final TableChain EMPTY = new TableChain(List.of(), 0);

    /** So many blocks may always follow a snapshot. */
    private static final int ALWAYS_CHANGED_BLOCKS = 64;

    /** The newest block, {@link ImageAddress#NONE} if there is none. */
    long last() {
        return this.words.isEmpty() ? ImageAddress.NONE : this.words.get(this.words.size() - 1);
    }

    /**
     * Whether a snapshot is due: recovery would read more changes than tables. Blocks
     * count, not bytes: a small one is a read as well.
     */
    boolean isLong() {
        return this.words.size() - this.snapshotBlocks > this.snapshotBlocks + ALWAYS_CHANGED_BLOCKS;
    }

    /**
     * Reads a chain, every block verified.
     * @param last the newest block
     * @param visitor meets the pages, those that changed last at the end
     * @throws io.flowstate.storage.CorruptStateException if a block is damaged
     */
    static TableChain read(LogSegments segments, long last, TableBlock.Visitor visitor) {
        TableBlock block = new TableBlock();
        List<Long> words = new ArrayList<>();
        for (long word = last; word != ImageAddress.NONE;) {
            words.add(word);
            long before = block.read(segments, find(segments, word), word);
            if (before != ImageAddress.NONE && ImageAddress.address(before) >= ImageAddress.address(word)) {
                throw segments.corrupt(find(segments, word), ImageAddress.address(word),
                        "a block of a page table that follows another", "one that precedes it");
            }
            word = before;
        }
        Collections.reverse(words);
        for (long word : words) { // once more, forwards: later changes count
            block.read(segments, find(segments, word), word);
            if (!block.visit(visitor)) {
                throw segments.corrupt(find(segments, word), ImageAddress.address(word), "a block of a page table",
                        "one that does not fit");
            }
        }
        return new TableChain(List.copyOf(words), 0);
    }

    private static SegmentRange find(LogSegments segments, long word) {
        SegmentRange range = segments.find(ImageAddress.address(word));
        if (range == null) {
            throw segments.missing(ImageAddress.address(word), "a block of a page table");
        }
        return range;
    }

    /** Writes blocks at the end of a chain. */
    static final class Builder {

        private final PageLogWriter writer;

        private final TableChain before;

        private final List<Long> words;

        private final TableBlock block = new TableBlock();

        /**
         * Creates a builder.
         * @param writer writes the blocks
         * @param before the chain that goes on; the empty one to write a snapshot
         */
        Builder(PageLogWriter writer, TableChain before) {
            this.writer = writer;
            this.before = before;
            this.words = new ArrayList<>(before.words());
        }

        void add(int stateId, int page, long word) {
            if (!this.block.hasRoom()) {
                write();
            }
            this.block.add(stateId, page, word);
        }

        private void write() {
            long last = this.words.isEmpty() ? ImageAddress.NONE : this.words.get(this.words.size() - 1);
            this.words.add(this.writer.append(this.block.finish(last)));
            this.block.clear();
        }

        TableChain build() {
            write(); // empty if every page of the store is free: then it says just that
            boolean snapshot = this.before.words().isEmpty();
            return new TableChain(List.copyOf(this.words), snapshot ? this.words.size() : this.before.snapshotBlocks());
        }

    }

}
