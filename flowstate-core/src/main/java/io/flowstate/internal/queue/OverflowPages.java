package io.flowstate.internal.queue;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;

/**
 * Elements that are too long for a {@link QueuePage}, each on a chain of pages of its
 * own. All but the last of a chain are full pages, and the last is as long as it needs.
 * Numbers are little-endian.
 *
 * <pre>
 *    0  kind      1   5
 *    1  format    1   1
 *    2            2   0
 *    4  next      4   the page behind, 0 in the last
 *    8  place     4   in the chain, from 0 on
 *   12  number    8   of the element, see {@link QueueChain}
 *   20  what the element has here, to the end of the page
 * </pre>
 *
 * The length of the element stands in its record, and says how many pages there are.
 */
final class OverflowPages {

    /**
     * An element takes no more pages: all of them are needed at once, and looking for
     * those that are not in memory takes turns.
     */
    static final int MAX_PAGES = 4096;

    private static final int KIND_AND_FORMAT = 0x0000_01_05;

    private static final int NEXT = 4;

    private static final int PLACE = 8;

    private static final int NUMBER = 12;

    private static final int HEADER_LENGTH = 20;

    private final PagedState state;

    OverflowPages(PagedState state) {
        this.state = state;
    }

    /** What a full page has of an element: not for ever the same, as a restore shows. */
    private int fullLength() {
        return this.state.pageSize() - HEADER_LENGTH;
    }

    /** The most bytes that an element may have. */
    long largestElement() {
        return (long) MAX_PAGES * fullLength();
    }

    /** Puts an element on new pages and returns the first of them. */
    int create(PageEditor editor, long number, byte[] element, int length) {
        int fullLength = fullLength();
        int next = PageView.NO_PAGE;
        for (int place = (length - 1) / fullLength; place >= 0; place--) {
            int begin = place * fullLength;
            int count = Math.min(fullLength, length - begin);
            int page = editor.allocate(HEADER_LENGTH + count);
            byte[] bytes = editor.change(page);
            PageBytes.setInt(bytes, 0, KIND_AND_FORMAT);
            PageBytes.setInt(bytes, NEXT, next);
            PageBytes.setInt(bytes, PLACE, place);
            PageBytes.setLong(bytes, NUMBER, number);
            System.arraycopy(element, begin, bytes, HEADER_LENGTH, count);
            next = page;
        }
        return next;
    }

    /**
     * Finds the pages of an element and checks that they are what they should be.
     * @param first the first of them
     * @param length the length of the element
     * @return their numbers, in order
     */
    int[] find(PageView view, int first, long number, int length) {
        if (length <= 0 || length > largestElement()) {
            throw this.state.corrupt(first, "an element of " + length + " bytes");
        }
        int fullLength = fullLength();
        int[] pages = new int[(length - 1) / fullLength + 1];
        int page = first;
        for (int place = 0; place < pages.length; place++) {
            if (page <= 0) {
                throw this.state.corrupt(pages[Math.max(0, place - 1)], "page " + page + " behind it");
            }
            pages[place] = page;
            page = check(view.page(page), page, place, number, Math.min(fullLength, length - place * fullLength));
        }
        if (page != PageView.NO_PAGE) {
            throw this.state.corrupt(pages[pages.length - 1], "page " + page + " behind the last");
        }
        return pages;
    }

    /** Checks a page and returns the one behind it. */
    private int check(byte[] bytes, int page, int place, long number, int count) {
        if (bytes.length != HEADER_LENGTH + count) {
            throw this.state.corrupt(page,
                    bytes.length - HEADER_LENGTH + " bytes, where " + count + " of an element should be");
        }
        if (PageBytes.getInt(bytes, 0) != KIND_AND_FORMAT) {
            throw this.state.corrupt(page, "no overflow page of a queue");
        }
        if (PageBytes.getInt(bytes, PLACE) != place || PageBytes.getLong(bytes, NUMBER) != number) {
            throw this.state.corrupt(page, "place " + PageBytes.getInt(bytes, PLACE) + " of element "
                    + PageBytes.getLong(bytes, NUMBER) + ", where place " + place + " of " + number + " should be");
        }
        return PageBytes.getInt(bytes, NEXT);
    }

    /** A copy of the element on pages that were found. */
    byte[] element(PageView view, int[] pages, int length) {
        byte[] element = new byte[length];
        int at = 0;
        for (int page : pages) {
            byte[] bytes = view.page(page);
            System.arraycopy(bytes, HEADER_LENGTH, element, at, bytes.length - HEADER_LENGTH);
            at += bytes.length - HEADER_LENGTH;
        }
        return element;
    }

}
