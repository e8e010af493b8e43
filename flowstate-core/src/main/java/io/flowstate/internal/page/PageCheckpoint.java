package io.flowstate.internal.page;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagestore.PageCodecs;
import io.flowstate.internal.pagestore.PageStore;
import io.flowstate.internal.pagetable.PageTable;
import org.jspecify.annotations.Nullable;

/**
 * What a cut has of the paged states, on its way to the page store. Ends with
 * {@link #commit} or {@link #fail}. The checkpoint thread only.
 */
public final class PageCheckpoint {

    private final PageTiers tiers;

    private final boolean keepCopies;

    private final List<StatePages.Frozen> frozen;

    private PageStore.@Nullable Writing writing; // once it is being written

    private PageCheckpoint(PageTiers tiers, boolean keepCopies, List<StatePages.Frozen> frozen) {
        this.tiers = tiers;
        this.keepCopies = keepCopies;
        this.frozen = frozen;
    }

    /**
     * Freezes what has changed. The gate is closed and no writer inside; takes no longer
     * for many pages than for few.
     * @param tiers the pages of the store
     * @param states all states that are made of them
     * @param keepCopies whether images in the modified-page file stay there as copies
     */
    public static PageCheckpoint freeze(PageTiers tiers, Collection<StatePages> states, boolean keepCopies) {
        List<StatePages.Frozen> frozen = new ArrayList<>();
        for (StatePages state : states) {
            StatePages.Frozen pages = state.freeze();
            if (pages != null) {
                frozen.add(pages);
            }
        }
        tiers.nextGeneration();
        return new PageCheckpoint(tiers, keepCopies, frozen);
    }

    /** What the cut has of each state. */
    public List<StatePages.Frozen> frozen() {
        return this.frozen;
    }

    /**
     * Writes what was frozen, each page once, durable when this returns. A page in the
     * modified-page file is passed on as it is.
     */
    public void write() {
        Map<Integer, PageTable> tables = new HashMap<>();
        this.frozen.forEach((pages) -> tables.put(pages.space().stateId, pages.space().table));
        PageStore.Writing begun = this.tiers.store.begin(tables);
        this.writing = begun;
        byte[] array = {};
        for (StatePages.Frozen pages : this.frozen) {
            PageSpace space = pages.space();
            pages.versions().sort(Comparator.comparingInt((version) -> version.number));
            for (Page.Version version : pages.versions()) {
                if (version.settled) {
                    continue; // replaced before the cut
                }
                Page page = version.page;
                PageSlot slot = version.slot; // set before the page was taken away
                if (version.freed) {
                    begun.free(space.stateId, version.number);
                }
                else if (page != null) {
                    begun.write(space.stateId, version.number, page.bytes);
                }
                else if (slot != null) {
                    array = (array.length < slot.length()) ? new byte[PageCodecs.maxImageBytes(slot.length())] : array;
                    begun.append(space.stateId, version.number,
                            this.tiers.readImage(space, version.number, slot, array));
                }
                else {
                    throw new IllegalStateException("page " + version.number + " of " + pages.state() + " is nowhere");
                }
            }
        }
        begun.finish();
    }

    private PageStore.Writing begun() {
        return Objects.requireNonNull(this.writing, "not written yet");
    }

    /** The segments that the pages lie in. After {@link #write}. */
    public List<SegmentRange> segments() {
        return begun().neededRanges();
    }

    /** Where the newest block of the page tables lies. After {@link #write}. */
    public long lastBlock() {
        return begun().lastBlock();
    }

    /** The checkpoint is committed. */
    public void commit() {
        begun().commit();
        this.frozen.forEach((pages) -> pages.state().settle(pages, this.keepCopies));
    }

    /** The checkpoint has failed: nothing is forgotten. */
    public void fail() {
        try {
            if (this.writing != null) {
                this.writing.abandon();
            }
        }
        finally {
            this.frozen.forEach((pages) -> pages.state().unfreeze(pages));
        }
    }

}
