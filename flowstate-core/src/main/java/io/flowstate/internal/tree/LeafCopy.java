package io.flowstate.internal.tree;

/**
 * A copy of a leaf, as a cursor walks over it. Belongs to one thread.
 */
final class LeafCopy {

    private byte[] bytes = new byte[0];

    private int page;

    private int index;

    /** Takes over what a leaf is now. */
    void set(byte[] leaf, int leafPage, int entry) {
        if (this.bytes.length == leaf.length) {
            System.arraycopy(leaf, 0, this.bytes, 0, leaf.length);
        }
        else {
            this.bytes = leaf.clone();
        }
        this.page = leafPage;
        this.index = entry;
    }

    byte[] bytes() {
        return this.bytes;
    }

    /** The number of the page, for errors. */
    int page() {
        return this.page;
    }

    /** The entry that was looked for. */
    int index() {
        return this.index;
    }

}
