package io.flowstate.internal.tree;

import java.util.Arrays;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * The cells that one or two nodes are to be made of, in the order of their keys. They
 * stay where they are until they are written, so nodes are added as copies. Belongs to
 * one thread.
 */
final class CellList {

    private static final byte[] NO_KEY = new byte[0];

    private byte[] @Nullable [] sources = new byte[16][];

    private int[] offsets = new int[16];

    private int[] lengths = new int[16];

    private int count;

    /** Forgets all cells. */
    void clear() {
        Arrays.fill(this.sources, 0, this.count, null); // they are whole pages
        this.count = 0;
    }

    int count() {
        return this.count;
    }

    /** Adds all cells of a node that will not change. */
    void addAll(byte[] node) {
        int entries = TreeNode.count(node);
        int bytes = 0;
        for (int index = 0; index < entries; index++) {
            int cell = TreeNode.cell(node, index);
            int length = TreeNode.cellBytes(node, cell);
            bytes = Objects.checkIndex(bytes + length, node.length); // cells do not
                                                                     // overlap
            insert(this.count, node, cell, length);
        }
    }

    /** Puts a cell before the one at an index. */
    void insert(int index, byte[] source, int offset, int length) {
        if (this.count == this.sources.length) {
            int capacity = 2 * this.count;
            this.sources = Arrays.copyOf(this.sources, capacity);
            this.offsets = Arrays.copyOf(this.offsets, capacity);
            this.lengths = Arrays.copyOf(this.lengths, capacity);
        }
        int moved = this.count - index;
        System.arraycopy(this.sources, index, this.sources, index + 1, moved);
        System.arraycopy(this.offsets, index, this.offsets, index + 1, moved);
        System.arraycopy(this.lengths, index, this.lengths, index + 1, moved);
        this.sources[index] = source;
        this.offsets[index] = offset;
        this.lengths[index] = length;
        this.count++;
    }

    /** Gives a cell of an inner node another key. */
    void replaceKey(int index, byte[] key) {
        byte[] cell = TreeNode.innerCell(key, TreeNode.valueWord(source(index), this.offsets[index]));
        this.sources[index] = cell;
        this.offsets[index] = 0;
        this.lengths[index] = cell.length;
    }

    /** Takes the key from a cell of an inner node that becomes the first of its node. */
    void removeKey(int index) {
        replaceKey(index, NO_KEY);
    }

    /** The bytes that a node of some of the cells uses. */
    int nodeBytes(int from, int to) {
        int bytes = TreeNode.HEADER;
        for (int index = from; index < to; index++) {
            bytes += TreeNode.SLOT + this.lengths[index];
        }
        return bytes;
    }

    /**
     * Where to divide the cells so that the larger part is as small as it can be.
     * @param least the least number of cells in a part
     * @return the index of the first cell of the second part
     */
    int middle(int least) {
        int whole = nodeBytes(0, this.count);
        int split = least;
        int left = nodeBytes(0, split);
        while (split < this.count - least) {
            int grown = left + TreeNode.SLOT + this.lengths[split];
            if (Math.max(grown, whole - grown) >= Math.max(left, whole - left)) {
                break;
            }
            left = grown;
            split++;
        }
        return split;
    }

    /** A copy of the key of a cell. */
    byte[] key(int index) {
        byte[] source = source(index);
        int start = this.offsets[index] + TreeNode.CELL;
        int end = TreeNode.checkedEnd(source, start, TreeNode.keyLength(source, this.offsets[index]));
        return Arrays.copyOfRange(source, start, end);
    }

    /**
     * The shortest key that is greater than one cell's and at most the next one's.
     */
    byte[] separator(int index) {
        byte[] key = key(index);
        int differing = Arrays.mismatch(key(index - 1), key);
        return (differing >= 0 && differing < key.length) ? Arrays.copyOf(key, differing + 1) : key;
    }

    /** Makes a page a node of some of the cells. */
    void write(byte[] page, int level, int from, int to) {
        Objects.checkFromIndexSize(0, nodeBytes(from, to), page.length);
        TreeNode.format(page, level);
        int slots = TreeNode.HEADER;
        int cell = page.length;
        for (int index = from; index < to; index++) {
            cell -= this.lengths[index];
            System.arraycopy(source(index), this.offsets[index], page, cell, this.lengths[index]);
            PageBytes.setInt(page, slots, cell);
            slots += TreeNode.SLOT;
        }
        Arrays.fill(page, slots, cell, (byte) 0);
        TreeNode.finish(page, to - from, cell);
    }

    private byte[] source(int index) {
        byte[] source = this.sources[index];
        assert source != null : index;
        return source;
    }

}
