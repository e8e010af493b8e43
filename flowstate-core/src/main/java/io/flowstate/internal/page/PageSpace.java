package io.flowstate.internal.page;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.flowstate.internal.pagestore.PageStore.RecoveredTable;
import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.internal.pagetable.PageTable;

/**
 * The pages of one state under one state id: which there are, where each is found, and
 * what has changed since the last checkpoint. A cleared or restored state goes on with
 * another space.
 *
 * <p>
 * A page is found, in this order: in the cache; as the newest {@link Page.Version} in
 * memory or in the modified-page file; through the page table. Everything here is changed
 * under the latch of the state only, but for the table, which follows a committed
 * checkpoint before the versions that it replaces are given up.
 */
public final class PageSpace implements Page.Home {

    final Page.Owner owner;

    final int stateId;

    final int pageSize;

    final boolean temporary;

    final PageTable table = new PageTable();

    final long[] fields = new long[PageView.FIELDS]; // under the latch

    final Map<Integer, ChangedPage> changedPages = new ConcurrentHashMap<>(); // written
                                                                              // under the
                                                                              // latch

    final Map<Integer, CleanSlot> cleanSlots = new ConcurrentHashMap<>(); // images kept
                                                                          // beside those
                                                                          // of the page
                                                                          // log

    private final ArrayDeque<Integer> freePages = new ArrayDeque<>(); // under the latch

    private int nextPage = 1; // under the latch

    private List<Page.Version> changed = new ArrayList<>(); // since the last cut; under
                                                            // the latch

    final List<PageSlot> orphaned = new ArrayList<>(); // in the modified-page file when
                                                       // it

    // was
    // disposed of; under the latch

    volatile boolean disposed; // written under the latch

    PageSpace(Page.Owner owner, int stateId, int pageSize, boolean temporary) {
        this.owner = owner;
        this.stateId = stateId;
        this.pageSize = pageSize;
        this.temporary = temporary;
    }

    /** Goes on from a checkpoint, before its page table is filled. */
    void recover(long[] recoveredFields, int recoveredNextPage) {
        System.arraycopy(recoveredFields, 0, this.fields, 0, PageView.FIELDS);
        this.nextPage = recoveredNextPage;
    }

    @Override
    public Page.Owner owner() {
        return this.owner;
    }

    @Override
    public int stateId() {
        return this.stateId;
    }

    /** Where the images of the pages lie, to be filled. Before others come. */
    public RecoveredTable recoveredTable() {
        return new RecoveredTable(this.table, this.nextPage);
    }

    /** The length of a full page. */
    public int pageSize() {
        return this.pageSize;
    }

    /** Finds the free pages, once the page table is filled. */
    public void findFreePages() {
        for (int page = 1; page < this.nextPage; page++) {
            if (this.table.get(page) == ImageAddress.NONE) {
                this.freePages.add(page);
            }
        }
    }

    int takeNumber() {
        Integer free = this.freePages.poll();
        if (free != null) {
            return free;
        }
        if (this.nextPage == Integer.MAX_VALUE) {
            throw new IllegalStateException("a state has " + this.nextPage + " pages at most");
        }
        return this.nextPage++;
    }

    /** Lets a number be given out again: no checkpoint to come needs it. */
    void giveBackNumber(int page) {
        this.freePages.add(page);
    }

    int nextPage() {
        return this.nextPage;
    }

    /** The numbers that may be given out again. Under the latch. */
    Collection<Integer> freePages() {
        return Collections.unmodifiableCollection(this.freePages);
    }

    /** Takes note of a version that the next cut freezes. */
    void changed(Page.Version version) {
        this.changed.add(version);
    }

    /** Takes what has changed since the last cut. */
    List<Page.Version> takeChanged() {
        List<Page.Version> taken = this.changed;
        this.changed = new ArrayList<>();
        return taken;
    }

    @Override
    public long key(int page) {
        return (long) this.stateId << Integer.SIZE | page;
    }

    @Override
    public long frozenKey(int page) {
        return key(page) | Long.MIN_VALUE;
    }

    /** Takes the copies of images; each is given to one caller only. */
    void takeCleanSlots(Consumer<PageSlot> target) {
        this.cleanSlots.keySet().forEach((page) -> {
            CleanSlot clean = this.cleanSlots.remove(page);
            if (clean != null) {
                target.accept(clean.slot());
            }
        });
    }

    /**
     * A copy of an image in the page log.
     *
     * @param word where the image lies in the page log
     * @param slot where it lies in the modified-page file
     */
    record CleanSlot(long word, PageSlot slot) {
    }

}
