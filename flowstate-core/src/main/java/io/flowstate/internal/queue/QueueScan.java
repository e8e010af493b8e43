package io.flowstate.internal.queue;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.internal.page.PageView;

/**
 * A walk from the first element to the one that is the last at its beginning, in steps. A
 * step is one action, takes a copy of what it finds in one page, and leaves a position to
 * go on from: the number of the next element, and the page where it should be. If that
 * page may be gone by then, the element is looked for from the nearer end, a page a step,
 * so that no step needs more than two pages of the chain.
 */
final class QueueScan {

    private final QueueChain chain;

    QueueScan(QueueChain chain) {
        this.chain = chain;
    }

    /**
     * Where a walk is, and what the step to it found.
     *
     * @param elements the elements passed
     * @param next the number of the next element
     * @param last the number of the last element to come
     * @param hint the page to look for it
     */
    record Position(List<byte[]> elements, long next, long last, Hint hint) {

        boolean isAtEnd() {
            return this.last - this.next < 0;
        }

    }

    /**
     * A page of the chain, and what tells whether it is still there: its place, and the
     * pages that were added and freed at both ends when it was there.
     */
    record Hint(int page, long place, long firstAdded, long firstFreed, long lastAdded, long lastFreed) {

        static final Hint NONE = new Hint(PageView.NO_PAGE, 0, 0, 0, 0, 0);

        static Hint of(PageView view, int page, long place) {
            return new Hint(page, place, view.field(QueueChain.FIRST_ADDED), view.field(QueueChain.FIRST_FREED),
                    view.field(QueueChain.LAST_ADDED), view.field(QueueChain.LAST_FREED));
        }

        /** As {@link QueueChain} says of places. */
        boolean isThere(PageView view) {
            return this.page != PageView.NO_PAGE && this.place - QueueChain.place(view, QueueEnd.FIRST) >= 0
                    && this.place - QueueChain.place(view, QueueEnd.LAST) <= 0
                    && (this.firstAdded == view.field(QueueChain.FIRST_ADDED)
                            || this.firstFreed == view.field(QueueChain.FIRST_FREED))
                    && (this.lastAdded == view.field(QueueChain.LAST_ADDED)
                            || this.lastFreed == view.field(QueueChain.LAST_FREED));
        }

    }

    /** Where a walk begins. */
    Position begin(PageView view) {
        long first = view.field(QueueChain.NUMBER);
        return new Position(List.of(), first, first + this.chain.size(view) - 1, Hint.NONE);
    }

    /** Goes a step further. */
    Position step(PageView view, Position from) {
        long first = view.field(QueueChain.NUMBER);
        long after = first + this.chain.size(view);
        long next = (from.next() - first < 0) ? first : from.next();
        long last = from.last();
        if (last - next < 0 || next - after >= 0) {
            return new Position(List.of(), last + 1, last, Hint.NONE);
        }
        QueuePage page;
        long place;
        // After a clear its next element would not be here, nor would the page.
        if (next == from.next() && from.hint().isThere(view)) {
            page = QueuePage.read(this.chain.state(), view, from.hint().page());
            place = from.hint().place();
        }
        else {
            QueueEnd nearer = (next - first < after - next) ? QueueEnd.FIRST : QueueEnd.LAST;
            page = this.chain.endPage(view, nearer);
            place = QueueChain.place(view, nearer);
        }
        return page.contains(next) ? take(view, page, place, next, last) : approach(view, page, place, next, last);
    }

    /** Goes to the page beside one, on the way to an element that is in the queue. */
    private Position approach(PageView view, QueuePage page, long place, long next, long last) {
        QueueEnd towards = (page.count() > 0) ? (next - page.number() < 0) ? QueueEnd.FIRST : QueueEnd.LAST
                : (page.neighbour(QueueEnd.FIRST) == PageView.NO_PAGE) ? QueueEnd.LAST : QueueEnd.FIRST;
        QueuePage neighbour = this.chain.neighbour(view, page, towards);
        long gap = (towards == QueueEnd.LAST) ? neighbour.number() - page.numberAfter()
                : page.number() - neighbour.numberAfter();
        // Without gaps numbers go on from page to page, so that the way has an end.
        if (neighbour.count() == 0 || (page.count() > 0 && gap != 0)) {
            throw this.chain.state().corrupt(neighbour.id(), neighbour + " beside " + page);
        }
        long itsPlace = place + ((towards == QueueEnd.LAST) ? 1 : -1);
        return new Position(List.of(), next, last, Hint.of(view, neighbour.id(), itsPlace));
    }

    /**
     * Takes what is in a page from an element on. An element with pages of its own is
     * taken alone, so that a step needs no others, and little memory.
     */
    private Position take(PageView view, QueuePage page, long place, long next, long last) {
        List<byte[]> elements = new ArrayList<>();
        int record = page.recordAt(next);
        long number = next;
        boolean alone = page.isReference(record);
        do {
            elements.add(this.chain.element(view, page, record, number));
            number++;
            if (page.contains(number)) {
                record = page.recordAfter(record);
            }
        }
        while (!alone && page.contains(number) && last - number >= 0 && !page.isReference(record));
        if (page.contains(number)) {
            return new Position(elements, number, last, Hint.of(view, page.id(), place));
        }
        int following = page.neighbour(QueueEnd.LAST);
        return (following == PageView.NO_PAGE) ? new Position(elements, last + 1, last, Hint.NONE)
                : new Position(elements, number, last, Hint.of(view, following, place + 1));
    }

}
