package io.flowstate.internal.page;

import java.util.ArrayList;
import java.util.BitSet;
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

    private static final int FEW_CHANGES = 1024;

    final Page.Owner owner;

    final int stateId;

    final int pageSize;

    final boolean temporary;

    final PageTable table = new PageTable();

    // under the latch
    final long[] fields = new long[PageView.FIELDS];

    // written under the latch
    final Map<Integer, ChangedPage> changedPages = new ConcurrentHashMap<>();

    // images kept beside those of the page log
    final Map<Integer, CleanSlot> cleanSlots = new ConcurrentHashMap<>();

    // under the latch; a bit for each page is little beside its word in the table
    private final BitSet freePages = new BitSet();

    // no lower one is free; under the latch
    private int leastFreePage = 1;

    // under the latch
    private int nextPage = 1;

    // since the last cut; under the latch
    private List<Page.Version> changed = new ArrayList<>();

    // what was replaced leaves the list at this length; under the latch
    private int cleanAt = FEW_CHANGES;

    // in the modified-page file when it was disposed of; under the latch
    final List<PageSlot> orphaned = new ArrayList<>();

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
                this.freePages.set(page);
            }
        }
    }

    int takeNumber() {
        int free = this.freePages.nextSetBit(this.leastFreePage);
        if (free > 0) {
            this.freePages.clear(free);
            this.leastFreePage = free + 1;
            return free;
        }
        this.leastFreePage = this.nextPage;
        if (this.nextPage == Integer.MAX_VALUE) {
            throw new IllegalStateException("a state has " + this.nextPage + " pages at most");
        }
        return this.nextPage++;
    }

    /** Lets a number be given out again: no checkpoint to come needs it. */
    void giveBackNumber(int page) {
        if (this.freePages.get(page)) {
            throw new IllegalStateException("page " + page + " of " + this.owner + " is freed twice");
        }
        this.freePages.set(page);
        this.leastFreePage = Math.min(this.leastFreePage, page);
    }

    int nextPage() {
        return this.nextPage;
    }

    /** The numbers that may be given out again. Under the latch. */
    BitSet freePages() {
        return this.freePages;
    }

    /** Takes note of a version that the next cut freezes. */
    void changed(Page.Version version) {
        if (this.changed.size() >= this.cleanAt) {
            this.changed.removeIf((before) -> before.settled);
            this.cleanAt = Math.max(FEW_CHANGES, 2 * this.changed.size());
        }
        this.changed.add(version);
    }

    /** Takes what has changed since the last cut. */
    List<Page.Version> takeChanged() {
        List<Page.Version> taken = this.changed;
        this.changed = new ArrayList<>();
        this.cleanAt = FEW_CHANGES;
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
