package io.flowstate.internal.tree;

import java.util.Arrays;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;

/**
 * Values that are too large for a leaf, on pages of their own that form a chain. All but
 * the last are full pages; each is exactly as long as its content. Numbers are
 * big-endian.
 *
 * <pre>
 *    0  byte   'O'
 *    1  byte   format, 1
 *    2  short  0
 *    4  int    the next page of the chain; 0 in the last
 *    8  int    place in the chain, from 0 on
 *   12  bytes of the value, to the end of the page
 * </pre>
 *
 * The length of the value stands in its leaf, and says how many pages there are. Whoever
 * changes a chain looks at all of it first, but for the last page.
 */
final class OverflowPages {

    static final byte KIND = 'O';

    static final byte FORMAT = 1;

    /** Bytes before the value. */
    static final int HEADER = 12;

    private static final int NEXT = 4;

    private static final int PLACE = 8;

    private final PagedState state;

    private final TreeLimits limits;

    OverflowPages(PagedState state, TreeLimits limits) {
        this.state = state;
        this.limits = limits;
    }

    /** How many pages a value takes. */
    int count(int length) {
        int most = this.limits.overflowBytes();
        return (length + most - 1) / most;
    }

    private int contentBytes(int place, int length) {
        int most = this.limits.overflowBytes();
        return Math.min(most, length - place * most);
    }

    /**
     * Looks at all pages of a value.
     * @param leaf the page that names the first, for errors
     * @param first the first page
     * @param length the length of the value
     * @return their numbers
     */
    int[] look(PageView view, int leaf, int first, int length) {
        int[] pages = follow(view, leaf, first, length);
        int place = pages.length - 1;
        int last = pages[place];
        byte[] bytes = view.page(last);
        check(last, bytes, place, length);
        int next = PageBytes.getInt(bytes, NEXT);
        if (next != PageView.NO_PAGE) {
            throw this.state.corrupt(last, "overflow page " + next + " behind the last");
        }
        return pages;
    }

    /**
     * Looks at all pages of a value that will be replaced or removed, but for the last:
     * what is on it does not matter, and for most values it is the only one. So of the
     * last it is only known that it is in use.
     * @param leaf the page that names the first, for errors
     * @param first the first page
     * @param length the length of the value
     * @return their numbers
     */
    int[] lookBeforeChange(PageEditor editor, int leaf, int first, int length) {
        int[] pages = follow(editor, leaf, first, length);
        editor.checkInUse(pages[pages.length - 1]);
        return pages;
    }

    /** Finds the pages of a value, without looking at the last. */
    private int[] follow(PageView view, int leaf, int first, int length) {
        if (length <= 0 || length > this.limits.valueBytes()) {
            throw this.state.corrupt(leaf, "a value of " + length + " bytes");
        }
        int[] pages = new int[count(length)];
        int named = leaf;
        int page = first;
        for (int place = 0; place < pages.length; place++) {
            if (page <= 0) {
                throw this.state.corrupt(named, "overflow page " + page);
            }
            pages[place] = page;
            if (place < pages.length - 1) {
                byte[] bytes = view.page(page);
                check(page, bytes, place, length);
                named = page;
                page = PageBytes.getInt(bytes, NEXT);
            }
        }
        return pages;
    }

    private void check(int page, byte[] bytes, int place, int length) {
        int expected = HEADER + contentBytes(place, length);
        if (bytes.length != expected) {
            throw this.state.corrupt(page, bytes.length + " bytes instead of " + expected + " of an overflow page");
        }
        if (bytes[0] != KIND || bytes[1] != FORMAT || PageBytes.getInt(bytes, PLACE) != place) {
            throw this.state.corrupt(page, "kind " + bytes[0] + ", format " + bytes[1] + ", place "
                    + PageBytes.getInt(bytes, PLACE) + " instead of overflow page " + place);
        }
    }

    /** Copies a value from pages that were looked at. */
    void read(PageView view, int[] pages, byte[] target, int length) {
        for (int place = 0; place < pages.length; place++) {
            byte[] bytes = view.page(pages[place]);
            check(pages[place], bytes, place, length);
            System.arraycopy(bytes, HEADER, target, place * this.limits.overflowBytes(), bytes.length - HEADER);
        }
    }

    /** Whether pages that were looked at hold a value. */
    boolean holds(PageView view, int[] pages, byte[] value, int length) {
        for (int place = 0; place < pages.length; place++) {
            byte[] bytes = view.page(pages[place]);
            int start = place * this.limits.overflowBytes();
            if (!Arrays.equals(bytes, HEADER, bytes.length, value, start, start + contentBytes(place, length))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Puts a value on new pages.
     * @return the first of them
     */
    int create(PageEditor editor, byte[] value, int length) {
        int next = PageView.NO_PAGE;
        for (int place = count(length) - 1; place >= 0; place--) {
            int page = editor.allocate(HEADER + contentBytes(place, length));
            fill(editor.change(page), next, place, value, length);
            next = page;
        }
        return next;
    }

    /** Puts a value on the pages of another that took as many. */
    void replace(PageEditor editor, int[] pages, byte[] value, int length) {
        int next = PageView.NO_PAGE;
        for (int place = pages.length - 1; place >= 0; place--) {
            byte[] bytes = editor.replace(pages[place], HEADER + contentBytes(place, length));
            fill(bytes, next, place, value, length);
            next = pages[place];
        }
    }

    private void fill(byte[] bytes, int next, int place, byte[] value, int length) {
        bytes[0] = KIND;
        bytes[1] = FORMAT;
        bytes[2] = 0;
        bytes[3] = 0;
        PageBytes.setInt(bytes, NEXT, next);
        PageBytes.setInt(bytes, PLACE, place);
        System.arraycopy(value, place * this.limits.overflowBytes(), bytes, HEADER, contentBytes(place, length));
    }

    /** Frees pages. */
    void free(PageEditor editor, int[] pages) {
        for (int page : pages) {
            editor.free(page);
        }
    }

}
