package io.flowstate.internal.page;

import io.flowstate.internal.checkpoint.RecordedPages;

/**
 * The pages of one state, and its few numbers, as an action that only looks sees them.
 *
 * <p>
 * While an action looks, another thread may be changing the pages. What the action then
 * makes of them, a result or an exception, is thrown away, and it runs again. So it
 * changes nothing outside, ends on any bytes whatever (every loop is bounded), and copies
 * what it returns. It must not wait, nor call foreign code such as a serializer.
 */
public interface PageView {

    /** How many numbers a state has beside its pages. */
    int FIELDS = RecordedPages.FIELDS;

    /** The number that every kind of state keeps its count of entries in. */
    int SIZE = 2;

    /** Stands for no page; the first page of a state is 1. */
    int NO_PAGE = 0;

    /**
     * The bytes of a page.
     * @param page its number
     * @return its bytes, not to be changed; all of the array is the page
     * @throws PageMissingException if it is not in memory: let it pass, the action runs
     * again when the page has been fetched
     */
    byte[] page(int page);

    /**
     * One of the numbers of the state: its root, its size. All are 0 at first.
     * @param index which one, below {@value #FIELDS}
     * @return the number
     */
    long field(int index);

}
