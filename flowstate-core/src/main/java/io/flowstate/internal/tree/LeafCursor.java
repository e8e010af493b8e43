package io.flowstate.internal.tree;

import io.flowstate.serialization.SerializerInput;
import io.flowstate.storage.CorruptStateException;

/**
 * A walk over the bytes of the entries of a range, up or down. Works on a copy of one
 * leaf, then looks for the entry next to the last one it met. Keys rise, or fall, all the
 * way, whatever the pages hold. Belongs to one thread.
 */
final class LeafCursor {

    private final PageTree tree;

    private final boolean backward;

    private final LeafCopy copy = new LeafCopy();

    private final SerializerInput input = new SerializerInput(new byte[0], 0, 0);

    /** What lies behind the copied leaf, or all before the first one is copied. */
    private KeyRange rest;

    private boolean restIsEmpty;

    /** The entries of the copy that lie in the range: from this index ... */
    private int first;

    /** ... to this one; it is less than the other if there are none. */
    private int last = -1;

    /** The present entry, if it is one of these. */
    private int index;

    private boolean closed;

    /**
     * What {@link io.flowstate.internal.page.PagedState#restores} was when the walk
     * began.
     */
    private final long restores;

    /** The value of the present entry, if it lay on overflow pages. */
    private byte[] largeValue = new byte[0];

    LeafCursor(PageTree tree, KeyRange range, boolean backward) {
        this.tree = tree;
        this.rest = range;
        this.restIsEmpty = range.isEmpty();
        this.backward = backward;
        this.restores = tree.state().read((view) -> tree.state().restores());
        this.index = backward ? -1 : 0;
    }

    /**
     * Moves to the next entry.
     * @return false if there is none
     */
    boolean advance() {
        try {
            while (!this.closed && (step() || fill())) {
                if (fetchLarge()) {
                    this.tree.state().checkNotRestored(this.restores);
                    return true;
                }
            }
            this.tree.state().checkNotRestored(this.restores);
            this.closed = true;
            return false;
        }
        catch (IndexOutOfBoundsException ex) {
            throw damaged(ex);
        }
    }

    private CorruptStateException damaged(IndexOutOfBoundsException cause) {
        CorruptStateException damage = this.tree.corrupt(this.copy.page(), "bytes that lead out of the page");
        damage.addSuppressed(cause);
        return damage;
    }

    /**
     * Counts the entries from here to the end, and ends the walk.
     */
    long count() {
        try {
            long count = 0;
            while (!this.closed && (step() || fill())) {
                int end = this.backward ? this.first : this.last;
                count += Math.abs(end - this.index) + 1;
                this.index = end;
            }
            this.tree.state().checkNotRestored(this.restores);
            this.closed = true;
            return count;
        }
        catch (IndexOutOfBoundsException ex) {
            throw damaged(ex);
        }
    }

    private boolean step() {
        if (this.first > this.last) {
            return false;
        }
        int next = this.backward ? this.index - 1 : this.index + 1;
        if (next < this.first || next > this.last) {
            return false;
        }
        byte[] leaf = this.copy.bytes();
        checkOrder(TreeNode.compareEntries(leaf, next, this.index));
        this.index = next;
        return true;
    }

    private void checkOrder(int compared) {
        if (this.backward ? compared >= 0 : compared <= 0) {
            throw this.tree.corrupt(this.copy.page(), "keys out of order");
        }
    }

    private boolean fill() {
        if (this.restIsEmpty) {
            return false;
        }
        TreeOperation operation = this.tree.take();
        try {
            if (!this.tree.copyLeaf(operation, this.rest, this.backward, this.copy)) {
                return false;
            }
        }
        finally {
            this.tree.giveBack(operation);
        }
        this.index = this.copy.index();
        byte[] leaf = this.copy.bytes();
        if (this.backward) {
            fillBackward(leaf);
        }
        else {
            fillForward(leaf);
        }
        return true;
    }

    private void fillForward(byte[] leaf) {
        byte[] from = this.rest.from();
        if (from != null && TreeNode.compareKey(leaf, this.index, from, from.length) < 0) {
            throw this.tree.corrupt(this.copy.page(), "keys out of order");
        }
        byte[] to = this.rest.to();
        int count = TreeNode.count(leaf);
        this.first = this.index;
        this.last = ((to != null) ? TreeNode.place(leaf, to) : count) - 1;
        checkFilled(leaf);
        this.restIsEmpty = this.last < count - 1;
        this.rest = new KeyRange(KeyRange.after(TreeNode.key(leaf, this.last)), to);
    }

    private void fillBackward(byte[] leaf) {
        byte[] to = this.rest.to();
        if (to != null && TreeNode.compareKey(leaf, this.index, to, to.length) >= 0) {
            throw this.tree.corrupt(this.copy.page(), "keys out of order");
        }
        byte[] from = this.rest.from();
        this.last = this.index;
        this.first = (from != null) ? TreeNode.place(leaf, from) : 0;
        checkFilled(leaf);
        this.restIsEmpty = this.first > 0;
        this.rest = new KeyRange(from, TreeNode.key(leaf, this.first));
    }

    /** Makes sure that what is left is less than before, or the walk might not end. */
    private void checkFilled(byte[] leaf) {
        if (this.first > this.last
                || (this.first < this.last && TreeNode.compareEntries(leaf, this.first, this.last) >= 0)) {
            throw this.tree.corrupt(this.copy.page(), "keys out of order");
        }
    }

    /**
     * Reads the value of the present entry if it lies on overflow pages.
     * @return false if the entry has gone since its leaf was copied
     */
    private boolean fetchLarge() {
        byte[] leaf = this.copy.bytes();
        int cell = TreeNode.cell(leaf, this.index);
        TreeNode.cellBytes(leaf, cell); // all of it lies within the page
        if (TreeNode.valueWord(leaf, cell) >= 0) {
            return true;
        }
        TreeOperation operation = this.tree.take();
        try {
            operation.key().writeBytes(leaf, cell + TreeNode.CELL, TreeNode.keyLength(leaf, cell));
            boolean found = this.tree.get(operation);
            if (found) {
                this.largeValue = operation.valueCopy();
            }
            return found;
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    private int presentCell() {
        if (this.closed || this.first > this.last) {
            throw new IllegalStateException(
                    "the cursor stands at no entry: call advance() first, while it returns true");
        }
        return TreeNode.cell(this.copy.bytes(), this.index);
    }

    /** The key of the present entry. */
    SerializerInput key() {
        int cell = presentCell();
        byte[] leaf = this.copy.bytes();
        return this.input.reset(leaf, cell + TreeNode.CELL, TreeNode.keyLength(leaf, cell));
    }

    /** The value of the present entry. */
    SerializerInput value() {
        int cell = presentCell();
        byte[] leaf = this.copy.bytes();
        int word = TreeNode.valueWord(leaf, cell);
        return (word >= 0) ? this.input.reset(leaf, TreeNode.valueOffset(leaf, cell), word)
                : this.input.reset(this.largeValue, 0, this.largeValue.length);
    }

    /** Ends the walk. */
    void close() {
        this.closed = true;
    }

}
