package io.flowstate.internal.queue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;
import io.flowstate.internal.page.PagesCopy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks the pages of a queue, while nobody changes them: linked both ways, every page
 * used exactly once, numbers without gaps, pages inside filled well enough.
 */
public final class QueueStructure {

    private final PagedState state;

    private final QueueChain chain;

    private final Set<Integer> reached = new HashSet<>();

    private QueueStructure(PagedState state) {
        this.state = state;
        this.chain = new QueueChain(state, () -> 0);
    }

    static void check(HeapPagedState state) {
        check(state, state.pages());
    }

    /**
     * Checks all pages.
     * @param state the state
     * @param pages the numbers of those that are in use
     */
    public static void check(PagedState state, Set<Integer> pages) {
        QueueStructure structure = new QueueStructure(state);
        structure.walk(PagesCopy.of(state, pages));
        assertThat(structure.reached).as("pages reached").isEqualTo(pages);
    }

    private void walk(PageView view) {
        long size = this.chain.size(view);
        int id = (int) view.field(QueueChain.FIRST_PAGE);
        if (id == PageView.NO_PAGE) {
            assertThat(size).isZero();
            assertThat(view.field(QueueChain.LAST_PAGE)).isZero();
            return;
        }
        this.chain.endPage(view, QueueEnd.FIRST);
        this.chain.endPage(view, QueueEnd.LAST);
        long number = view.field(QueueChain.NUMBER);
        Deque<QueuePage> pages = new ArrayDeque<>();
        while (id != PageView.NO_PAGE) {
            reach(id);
            QueuePage page = QueuePage.read(this.state, view, id);
            assertThat(page.neighbour(QueueEnd.FIRST)).as("%s", page)
                .isEqualTo(pages.isEmpty() ? PageView.NO_PAGE : pages.getLast().id());
            assertThat(page.count() == 0 || page.number() == number).as("numbers go on in %s", page).isTrue();
            walk(view, page);
            number += page.count();
            pages.add(page);
            id = page.neighbour(QueueEnd.LAST);
        }
        assertThat(pages.getLast().id()).as("last page").isEqualTo((int) view.field(QueueChain.LAST_PAGE));
        assertThat(QueueChain.place(view, QueueEnd.LAST) - QueueChain.place(view, QueueEnd.FIRST)).as("places")
            .isEqualTo(pages.size() - 1);
        assertThat(number).as("number after the last").isEqualTo(view.field(QueueChain.NUMBER) + size);
        assertThat(size > 0 || pages.size() == 1).as("an empty queue has one page").isTrue();
        pages.removeFirst();
        pages.pollLast();
        pages
            .forEach((page) -> assertThat(page.used()).as("bytes used in %s", page).isGreaterThan(page.capacity() / 4));
    }

    private void walk(PageView view, QueuePage page) {
        if (page.count() == 0) {
            return;
        }
        int record = page.recordAt(QueueEnd.FIRST);
        for (long number = page.number(); page.contains(number); number++) {
            this.chain.element(view, page, record, number);
            for (int overflowPage : this.chain.overflowPages(view, page, record, number)) {
                reach(overflowPage);
            }
            if (page.contains(number + 1)) {
                record = page.recordAfter(record);
            }
        }
        assertThat(page.recordAt(QueueEnd.LAST)).as("last record of %s", page).isEqualTo(record);
    }

    private void reach(int page) {
        assertThat(this.reached.add(page)).as("page %d is reached once", page).isTrue();
    }

}
