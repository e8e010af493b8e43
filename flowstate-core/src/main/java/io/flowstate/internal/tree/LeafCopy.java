package io.flowstate.internal.tree;

import java.util.Arrays;

import io.flowstate.serialization.SerializerInput;

/**
 * The cells of some entries of a leaf, copied one behind the other in the order in which
 * a cursor meets them. A cell is told by where it begins. Belongs to one thread.
 */
final class LeafCopy {

    private static final int INITIAL_BYTES = 4 << 10;

    private byte[] bytes = new byte[0];

    private int end;

    private int page;

    private boolean endsRange;

    /**
     * Copies entries of a leaf, one at least.
     * @param leaf the leaf
     * @param leafPage the number of its page
     * @param first the index of the entry that is met first, which lies in the range
     * @param range where the entries must lie
     * @param backward whether the lesser ones follow
     * @param enough no more follow after so many bytes
     */
    void set(byte[] leaf, int leafPage, int first, KeyRange range, boolean backward, int enough) {
        int edge = backward ? 0 : TreeNode.count(leaf) - 1;
        int last = edge;
        byte[] bound = backward ? range.from() : range.to();
        if (bound != null) {
            last = TreeNode.place(leaf, bound) - (backward ? 0 : 1);
        }
        int left = (backward ? first - last : last - first) + 1;
        if (left < 1) {
            throw new IndexOutOfBoundsException("keys out of order");
        }
        this.page = leafPage;
        this.end = 0;
        for (int index = first; left > 0 && this.end < enough; left--) {
            int cell = TreeNode.cell(leaf, index);
            append(leaf, cell, TreeNode.cellBytes(leaf, cell));
            index += backward ? -1 : 1;
        }
        this.endsRange = left == 0 && last != edge;
    }

    private void append(byte[] leaf, int cell, int length) {
        if (this.bytes.length - this.end < length) {
            int doubled = Math.max(INITIAL_BYTES, 2 * this.bytes.length);
            this.bytes = Arrays.copyOf(this.bytes, Math.max(doubled, this.end + length));
        }
        System.arraycopy(leaf, cell, this.bytes, this.end, length);
        this.end += length;
    }

    /** Gives large arrays up. */
    void trim(int keptBytes) {
        if (this.bytes.length > keptBytes) {
            this.bytes = new byte[0];
        }
    }

    /** Where the last cell ends; the first begins at 0. */
    int end() {
        return this.end;
    }

    /** The number of the page, for errors. */
    int page() {
        return this.page;
    }

    /** Whether the range ends with these entries, and not behind them. */
    boolean endsRange() {
        return this.endsRange;
    }

    /** Where the cell behind another begins. */
    int after(int cell) {
        return TreeNode.valueOffset(this.bytes, cell) + TreeNode.valueBytes(TreeNode.valueWord(this.bytes, cell));
    }

    private int keyEnd(int cell) {
        return TreeNode.valueOffset(this.bytes, cell);
    }

    /** Compares the keys of two cells. */
    int compare(int cell, int other) {
        return Arrays.compareUnsigned(this.bytes, cell + TreeNode.CELL, keyEnd(cell), this.bytes, other + TreeNode.CELL,
                keyEnd(other));
    }

    /** Compares the key of a cell with another. */
    int compare(int cell, byte[] key) {
        return Arrays.compareUnsigned(this.bytes, cell + TreeNode.CELL, keyEnd(cell), key, 0, key.length);
    }

    /** The bytes of the key of a cell. */
    byte[] key(int cell) {
        return Arrays.copyOfRange(this.bytes, cell + TreeNode.CELL, keyEnd(cell));
    }

    /** Whether the value lies on overflow pages. */
    boolean isLarge(int cell) {
        return TreeNode.valueWord(this.bytes, cell) < 0;
    }

    /** Lets an input read the key of a cell. */
    SerializerInput key(int cell, SerializerInput input) {
        return input.reset(this.bytes, cell + TreeNode.CELL, TreeNode.keyLength(this.bytes, cell));
    }

    /** Lets an input read the value of a cell that is not large. */
    SerializerInput value(int cell, SerializerInput input) {
        return input.reset(this.bytes, keyEnd(cell), TreeNode.valueWord(this.bytes, cell));
    }

}
