package io.flowstate.internal.tree;

import io.flowstate.internal.page.PagedState;

/**
 * How large keys and values may be in a tree of pages of one size, so that any page can
 * be divided into two that are both well filled. Asked within each action, since a
 * restore may bring back a state whose pages have another size.
 *
 * @param state the pages
 */
record TreeLimits(PagedState state) {

    /** A smaller page would not hold enough entries to be a node. */
    static final int MIN_PAGE_SIZE = 512;

    /** The length of a key stands in two bytes. */
    static final int MAX_KEY_BYTES = 65_535;

    /** No value has more bytes, however large the pages are. */
    static final int MAX_VALUE_BYTES = 16 << 20;

    /**
     * No value lies on more overflow pages: all of them are in memory while it is read or
     * written.
     */
    static final int MAX_OVERFLOW_PAGES = 1024;

    TreeLimits {
        if (state.pageSize() < MIN_PAGE_SIZE) {
            throw new IllegalArgumentException(
                    "a state page must have at least " + MIN_PAGE_SIZE + " bytes, but has " + state.pageSize());
        }
    }

    /** The length of a full page in bytes. */
    int pageSize() {
        return this.state.pageSize();
    }

    /** The most bytes of a key. */
    int keyBytes() {
        return Math.min(MAX_KEY_BYTES, pageSize() / 8);
    }

    /** The most bytes of a value that stands in a leaf. */
    int inlineBytes() {
        return pageSize() / 4;
    }

    /** The most bytes of a value. */
    int valueBytes() {
        return (int) Math.min(MAX_VALUE_BYTES, (long) MAX_OVERFLOW_PAGES * overflowBytes());
    }

    /** The bytes of a value on a full overflow page. */
    int overflowBytes() {
        return pageSize() - OverflowPages.HEADER;
    }

    /** A node that uses less and could use more is joined with its neighbour. */
    int leastBytes() {
        return pageSize() / 4;
    }

    /** Two nodes become one if it uses no more. */
    int joinedBytes() {
        return pageSize() / 4 * 3;
    }

    /** How long a page should be for its content, with room to grow. */
    int pageBytes(int usedBytes) {
        return (int) Math.min(pageSize(), usedBytes + Math.max(256L, usedBytes / 4));
    }

    void checkKey(int length) {
        if (length > keyBytes()) {
            throw new IllegalArgumentException("a key has " + length + " bytes; with a state-page-size of " + pageSize()
                    + " bytes it may have at most " + keyBytes());
        }
    }

    void checkValue(int length) {
        if (length > valueBytes()) {
            throw new IllegalArgumentException("a value has " + length + " bytes; with a state-page-size of "
                    + pageSize() + " bytes it may have at most " + valueBytes());
        }
    }

}
