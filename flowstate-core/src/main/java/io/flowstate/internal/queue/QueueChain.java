package io.flowstate.internal.queue;

import java.util.function.LongSupplier;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;
import io.flowstate.state.QueueState;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * The chain of pages that a queue is, and what is done at its ends; each method is an
 * action, or part of one. Elements have ascending 64-bit numbers without gaps, which they
 * keep while they are in the queue; the first gets any number, so that elements from
 * before a {@linkplain PagedState#clear clear} are not mistaken for those after it.
 *
 * <pre>
 *   fields of the state                        pages
 *   0  the first page     -------------------> [ e f g ] &lt;--&gt; [ h i j k ] &lt;--&gt; [ l m ]
 *   1  the last page      ---------------------------------------------------------^
 *   2  size
 *   3  the number of the first element (or of the one to be added last, if there is none)
 *   4  how many pages were ever added at the first end, and
 *   5  freed there
 *   6  how many pages were ever added at the last end, and
 *   7  freed there
 * </pre>
 *
 * <b>Pages.</b> The first page of a queue begins small and doubles until it has the
 * length of a full page; those to come are full pages. If an end of a page is reached,
 * its records are moved within it if they fill no more than half of it, else a page is
 * added to the chain: so pages inside the chain are about half full at least, a moved
 * byte is paid for by the bytes added before, and a queue that is short for ever stays on
 * its page. A page at an end that becomes empty is kept until the page beside it is half
 * empty too, and the only page for ever: otherwise a queue whose size goes up and down
 * across the end of a page would take and free a page each time.
 *
 * <p>
 * <b>Places.</b> Counted from the page that was the very first, which has place 0, pages
 * have ascending places without gaps, which they keep. That of the first page is what was
 * freed at the first end less what was added there, that of the last page the other way
 * round. So a {@linkplain QueueScan walk} can tell whether the page that it remembers is
 * still there: if its place is within the chain, and at neither end pages were both freed
 * and added since it was seen. For a page that is gone was freed at one end, with which
 * the chain ended beyond its place; only pages added there later could bring it back
 * there.
 */
final class QueueChain {

    static final int FIRST_PAGE = 0;

    static final int LAST_PAGE = 1;

    static final int SIZE = PageView.SIZE;

    static final int NUMBER = 3;

    static final int FIRST_ADDED = 4;

    static final int FIRST_FREED = 5;

    static final int LAST_ADDED = 6;

    static final int LAST_FREED = 7;

    /** The smallest full page, and the length with which the first page begins. */
    static final int MIN_PAGE_SIZE = 512;

    private static final int[] NO_PAGES = {};

    private final PagedState state;

    private final LongSupplier firstNumbers;

    private final OverflowPages overflow;

    /**
     * Creates the actions on a state.
     * @param state the pages
     * @param firstNumbers gives a queue without pages the number of its first element
     */
    QueueChain(PagedState state, LongSupplier firstNumbers) {
        this.state = state;
        this.firstNumbers = firstNumbers;
        this.overflow = new OverflowPages(state);
    }

    PagedState state() {
        return this.state;
    }

    /**
     * The length of a full page. Asked for in each action: a restore may bring back pages
     * of another length.
     */
    private int pageSize() {
        int pageSize = this.state.pageSize();
        assert pageSize >= MIN_PAGE_SIZE : pageSize;
        return pageSize;
    }

    /** The longest element that is put into a record. */
    private int largestInline() {
        return Math.min(QueuePage.MAX_BODY_LENGTH, (pageSize() - QueuePage.HEADER_LENGTH) / 4 - QueuePage.TAGS_LENGTH);
    }

    /** The number of elements. */
    long size(PageView view) {
        long size = view.field(SIZE);
        if (size < 0) {
            throw corrupt("a size of " + size);
        }
        return size;
    }

    /** The place of the page at an end. */
    static long place(PageView view, QueueEnd end) {
        return (end == QueueEnd.FIRST) ? view.field(FIRST_FREED) - view.field(FIRST_ADDED)
                : view.field(LAST_ADDED) - view.field(LAST_FREED);
    }

    /** The page at an end. */
    QueuePage endPage(PageView view, QueueEnd end) {
        long id = view.field(pageField(end));
        if (id <= 0 || id > Integer.MAX_VALUE) {
            throw corrupt("page " + id + " at its " + end + " end");
        }
        QueuePage page = QueuePage.read(this.state, view, (int) id);
        boolean only = id == view.field(pageField(end.opposite()));
        if (page.neighbour(end) != PageView.NO_PAGE || (page.neighbour(end.opposite()) == PageView.NO_PAGE) != only) {
            throw this.state.corrupt(page.id(), page + " at the " + end + " end");
        }
        checkNumbers(view, page, end);
        return page;
    }

    private void checkNumbers(PageView view, QueuePage page, QueueEnd end) {
        long first = view.field(NUMBER);
        boolean right = (end == QueueEnd.FIRST) ? page.number() == first
                : page.numberAfter() == first + view.field(SIZE);
        if (page.count() > view.field(SIZE) || (page.count() > 0 && !right)) {
            throw this.state.corrupt(page.id(),
                    page + " at the " + end + " end of " + view.field(SIZE) + " elements from number " + first);
        }
    }

    /** The page beside another one, which is not the outermost on that side. */
    QueuePage neighbour(PageView view, QueuePage page, QueueEnd towards) {
        int id = page.neighbour(towards);
        if (id == PageView.NO_PAGE) {
            throw this.state.corrupt(page.id(), "no page beside it, towards the " + towards + " end");
        }
        QueuePage neighbour = QueuePage.read(this.state, view, id);
        if (neighbour.neighbour(towards.opposite()) != page.id()) {
            throw this.state.corrupt(id, neighbour + ", where the neighbour of page " + page.id() + " should be");
        }
        return neighbour;
    }

    /** The page with the outermost element at an end, of a queue that is not empty. */
    private QueuePage outermost(PageView view, QueuePage endPage, QueueEnd end) {
        if (endPage.count() > 0) {
            return endPage;
        }
        QueuePage page = neighbour(view, endPage, end.opposite());
        checkNumbers(view, page, end);
        return page;
    }

    /** A copy of the outermost element at an end. */
    byte @Nullable [] peek(PageView view, QueueEnd end) {
        if (size(view) == 0) {
            return null;
        }
        QueuePage page = outermost(view, endPage(view, end), end);
        return element(view, page, page.recordAt(end), outermostNumber(view, end));
    }

    /** A copy of the element of a record. */
    byte[] element(PageView view, QueuePage page, int record, long number) {
        return page.isReference(record)
                ? this.overflow.element(view, overflowPages(view, page, record, number), page.overflowLength(record))
                : page.element(record);
    }

    /** The pages on which the element of a record is; none if it is in the record. */
    int[] overflowPages(PageView view, QueuePage page, int record, long number) {
        return page.isReference(record)
                ? this.overflow.find(view, page.firstOverflowPage(record), number, page.overflowLength(record))
                : NO_PAGES;
    }

    private static long outermostNumber(PageView view, QueueEnd end) {
        long first = view.field(NUMBER);
        return (end == QueueEnd.FIRST) ? first : first + view.field(SIZE) - 1;
    }

    /** Takes the outermost element at an end out; returns a copy of it. */
    byte @Nullable [] poll(PageEditor editor, QueueEnd end) {
        long size = size(editor);
        if (size == 0) {
            return null;
        }
        QueuePage endPage = endPage(editor, end);
        QueuePage page = outermost(editor, endPage, end);
        int record = page.recordAt(end);
        long number = outermostNumber(editor, end);
        int[] overflowPages = overflowPages(editor, page, record, number);
        byte[] element = element(editor, page, record, number);
        QueuePage opposite = (size == 1) ? endPage(editor, end.opposite()) : page;
        if (size == 1 && opposite.id() != page.id() && opposite.id() != page.neighbour(end.opposite())) {
            throw this.state.corrupt(page.id(), page + " with the only element");
        }
        // All that is needed was looked at; from here on things change.
        page.change(editor);
        page.remove(end, record);
        for (int overflowPage : overflowPages) {
            editor.free(overflowPage);
        }
        editor.field(SIZE, size - 1);
        editor.field(NUMBER, editor.field(NUMBER) + ((end == QueueEnd.FIRST) ? 1 : 0));
        if (size == 1) {
            free(editor, endPage, page, end);
            free(editor, opposite, page, end.opposite());
        }
        else if (page.used() <= page.capacity() / 2) {
            free(editor, endPage, page, end);
        }
        page.save();
        return element;
    }

    /** Frees an empty page at an end, if it is another one than that beside it. */
    private void free(PageEditor editor, QueuePage endPage, QueuePage page, QueueEnd end) {
        if (endPage.id() == page.id()) {
            return;
        }
        editor.free(endPage.id());
        page.neighbour(end, PageView.NO_PAGE);
        editor.field(pageField(end), page.id());
        count(editor, (end == QueueEnd.FIRST) ? FIRST_FREED : LAST_FREED);
    }

    /** Puts an element at an end. */
    void add(PageEditor editor, QueueEnd end, byte[] element, int length) {
        long size = size(editor);
        boolean inline = length <= largestInline();
        if (!inline) {
            checkLength(length);
        }
        int needed = QueuePage.TAGS_LENGTH + (inline ? length : QueuePage.REFERENCE_LENGTH);
        QueuePage page;
        if (editor.field(pageField(end)) != PageView.NO_PAGE) {
            page = endPage(editor, end);
            page.change(editor);
        }
        else {
            page = firstPage(editor);
        }
        page = pageWithRoom(editor, page, end, needed);
        long first = editor.field(NUMBER);
        if (inline) {
            page.add(end, element, length);
        }
        else {
            long number = (end == QueueEnd.FIRST) ? first - 1 : first + size;
            page.addReference(end, this.overflow.create(editor, number, element, length), length);
        }
        page.save();
        editor.field(SIZE, size + 1);
        editor.field(NUMBER, first - ((end == QueueEnd.FIRST) ? 1 : 0));
    }

    private void checkLength(int length) {
        long largest = Math.min(QueueState.MAX_ELEMENT_LENGTH, this.overflow.largestElement());
        if (length > largest) {
            throw new IllegalArgumentException("an element of a queue on pages of " + pageSize() + " bytes has at most "
                    + largest + " bytes, but this one has " + length);
        }
    }

    private QueuePage firstPage(PageEditor editor) {
        if (editor.field(SIZE) != 0 || editor.field(FIRST_PAGE) != editor.field(LAST_PAGE)) {
            throw corrupt("one end only, and a size of " + editor.field(SIZE));
        }
        QueuePage page = QueuePage.create(this.state, editor, MIN_PAGE_SIZE);
        editor.field(FIRST_PAGE, page.id());
        editor.field(LAST_PAGE, page.id());
        editor.field(NUMBER, this.firstNumbers.getAsLong());
        return page;
    }

    /** Makes room at an end: in the page that is there, or in a new one. */
    private QueuePage pageWithRoom(PageEditor editor, QueuePage page, QueueEnd end, int needed) {
        if (page.count() == 0) {
            page.begin(end, numberAt(editor, end));
        }
        if (needed <= page.free(end)) {
            return page;
        }
        int pageSize = pageSize();
        boolean fits = page.used() + needed <= pageSize - QueuePage.HEADER_LENGTH;
        if (fits && (page.length() < pageSize || page.used() <= page.capacity() / 2)) {
            makeRoom(editor, page, end, needed);
            return page;
        }
        QueuePage added = QueuePage.create(this.state, editor, pageSize);
        added.begin(end, numberAt(editor, end));
        added.neighbour(end.opposite(), page.id());
        page.neighbour(end, added.id());
        page.save();
        editor.field(pageField(end), added.id());
        count(editor, (end == QueueEnd.FIRST) ? FIRST_ADDED : LAST_ADDED);
        return added;
    }

    /** The number at which an empty page at an end begins. */
    private static long numberAt(PageView view, QueueEnd end) {
        long first = view.field(NUMBER);
        return (end == QueueEnd.FIRST) ? first : first + view.field(SIZE);
    }

    /**
     * Makes room within a page that fills no more than half of what it may: lengthens it
     * if it is more than half full, and leaves what is free at this end, or at both if
     * the page is at both.
     */
    private void makeRoom(PageEditor editor, QueuePage page, QueueEnd end, int needed) {
        int pageSize = pageSize();
        int length = page.length();
        while (length < pageSize && page.used() + needed > (length - QueuePage.HEADER_LENGTH) / 2) {
            length = Math.min(pageSize, 2 * length);
        }
        if (length > page.length()) {
            page.resize(editor, length);
        }
        int spare = page.capacity() - page.used() - needed;
        boolean only = page.neighbour(end.opposite()) == PageView.NO_PAGE;
        page.slide(end, needed + (only ? spare - spare / 2 : spare));
    }

    private static int pageField(QueueEnd end) {
        return (end == QueueEnd.FIRST) ? FIRST_PAGE : LAST_PAGE;
    }

    private static void count(PageEditor editor, int field) {
        editor.field(field, editor.field(field) + 1);
    }

    /** For what is wrong with the numbers of the state. */
    private CorruptStateException corrupt(String found) {
        return this.state.corrupt(PageView.NO_PAGE, "a queue with " + found);
    }

}
