package io.flowstate.internal.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.flowstate.internal.pagetable.ImageAddress;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a state during one run of an action. Belongs to the thread that holds the
 * latch, alone if it changes pages; without the latch it only shows what is in the cache.
 */
final class PageAccess implements PageEditor {

    private static final int FEW = 8;

    private final PageTiers tiers;

    private final PageSpace space;

    private final @Nullable FetchedPages fetched;

    private final long generation;

    private @Nullable Page[] recent = new Page[FEW]; // those met first

    private int recentCount;

    private @Nullable Map<Integer, Page> others; // those met after them

    private @Nullable List<PageSlot> slots; // not needed any more

    private boolean changed;

    /**
     * Creates an access.
     * @param fetched what was fetched for the operation, null without the latch
     * @param generation the present one, of a thread that changes pages
     */
    PageAccess(PageTiers tiers, PageSpace space, @Nullable FetchedPages fetched, long generation) {
        this.tiers = tiers;
        this.space = space;
        this.fetched = fetched;
        this.generation = generation;
    }

    @Override
    public byte[] page(int number) {
        return meet(number).bytes;
    }

    @Override
    public long field(int index) {
        return this.space.fields[index];
    }

    /** A page once met is not missing later in the same run. */
    private Page meet(int number) {
        for (int i = 0; i < this.recentCount; i++) {
            Page met = this.recent[i];
            if (met != null && met.number == number) {
                return met;
            }
        }
        Page met = (this.others != null) ? this.others.get(number) : null;
        if (met == null) {
            met = find(number);
            remember(met);
        }
        return met;
    }

    private void remember(Page page) {
        for (int i = 0; i < this.recentCount; i++) {
            Page met = this.recent[i];
            if (met != null && met.number == page.number) {
                this.recent[i] = page;
                return;
            }
        }
        if (this.recentCount < FEW) {
            this.recent[this.recentCount++] = page;
            return;
        }
        if (this.others == null) {
            this.others = new HashMap<>();
        }
        this.others.put(page.number, page);
    }

    private Page find(int number) {
        long key = this.space.key(number);
        Page cached = this.tiers.cached(key);
        if (cached != null) {
            return cached;
        }
        if (this.fetched == null) {
            throw new PageMissingException(number);
        }
        ChangedPage changedPage = this.space.changedPages.get(number);
        Page.Version version = newest(changedPage);
        Page inMemory = (version != null) ? version.page : null;
        if (inMemory != null) {
            return this.tiers.cacheIfAbsent(key, inMemory);
        }
        FetchedPages.Fetched found = this.fetched.get(number);
        // after a restore, a word that is the same may stand for other bytes
        if (found != null && found.page().home == this.space && found.version() == version && ((version != null)
                ? Objects.equals(found.slot(), version.slot) : found.word() == this.space.table.get(number))) {
            found.page().version = version;
            return this.tiers.cacheIfAbsent(key, found.page());
        }
        // only here, under the latch, is it sure that the state refers to it
        checkInUse(number, version);
        throw new PageMissingException(number);
    }

    @Override
    public void checkInUse(int number) {
        checkInUse(number, newest(this.space.changedPages.get(number)));
    }

    private static Page.@Nullable Version newest(@Nullable ChangedPage changedPage) {
        return (changedPage != null) ? changedPage.newest : null;
    }

    private void checkInUse(int number, Page.@Nullable Version newest) {
        if ((newest != null) ? newest.freed : this.space.table.get(number) == ImageAddress.NONE) {
            throw this.space.owner.corrupt(number, "a reference to a page that is free");
        }
    }

    // Changing

    @Override
    public byte[] change(int number) {
        Page page = meet(number);
        this.changed = true;
        Page.Version version = page.version;
        if (version != null && isPresent(version)) {
            if (version.page != page) { // it was in the modified-page file
                own(version, page);
                // it may just have left, and only from the cache is it spilled again
                this.tiers.cache(this.space.key(number), page);
            }
            version.changes++;
            return page.bytes;
        }
        return firstChange(page).bytes;
    }

    private void own(Page.Version version, Page page) {
        release(version.slot);
        version.page = page;
        version.slot = null;
        page.version = version;
    }

    /**
     * The first change since the last cut. What a checkpoint under way needs stays as it
     * is.
     */
    private Page firstChange(Page page) {
        Page next = page;
        if (this.space.changedPages.get(page.number) != null) {
            // even if it is in the modified-page file by now: the checkpoint may be
            // reading these very bytes
            next = new Page(this.space, page.number, page.bytes.clone());
        }
        begin(next);
        this.tiers.cache(this.space.key(page.number), next);
        remember(next);
        return next;
    }

    /** Lets a page be its own newest version. */
    private void begin(Page page) {
        Page.Version version = new Page.Version(page.number, this.generation, page);
        page.version = version;
        page.word = ImageAddress.NONE;
        begin(this.space.changedPages.get(page.number), version);
    }

    /** Lets a version be the newest of its page. */
    private void begin(@Nullable ChangedPage changedPage, Page.Version version) {
        if (changedPage == null) {
            this.space.changedPages.put(version.number, new ChangedPage(version));
        }
        else {
            Page.Version before = changedPage.newest;
            if (before.generation != this.generation) {
                changedPage.frozen = before;
                Page needed = before.page;
                if (needed != null) {
                    this.tiers.cache(this.space.frozenKey(version.number), needed);
                }
            }
            changedPage.newest = version;
        }
        if (!this.space.temporary) {
            this.space.changed(version);
        }
    }

    @Override
    public int allocate(int length) {
        this.changed = true;
        int number = this.space.takeNumber();
        Page page = new Page(this.space, number, new byte[length]);
        begin(page);
        this.tiers.cache(this.space.key(number), page);
        remember(page);
        return number;
    }

    @Override
    public byte[] resize(int number, int length) {
        Page page = meet(number);
        this.changed = true;
        return renew(number, page.version, Arrays.copyOf(page.bytes, length));
    }

    @Override
    public byte[] replace(int number, int length) {
        Page.Version newest = newest(this.space.changedPages.get(number));
        checkInUse(number, newest);
        Page present = (newest != null) ? newest.page : null;
        if (isPresent(newest) && present != null && present.bytes.length == length) {
            return change(number);
        }
        this.changed = true;
        return renew(number, newest, new byte[length]);
    }

    /** Whether a version was made since the last cut. */
    private boolean isPresent(Page.@Nullable Version version) {
        return version != null && version.generation == this.generation && !version.settled;
    }

    /** Lets a page go on with other bytes. */
    private byte[] renew(int number, Page.@Nullable Version version, byte[] bytes) {
        Page renewed = new Page(this.space, number, bytes);
        if (version == null || !isPresent(version)) {
            begin(renewed);
        }
        else {
            own(version, renewed);
            version.changes++;
        }
        this.tiers.cache(this.space.key(number), renewed);
        remember(renewed);
        return bytes;
    }

    @Override
    public void free(int number) {
        ChangedPage changedPage = this.space.changedPages.get(number);
        Page.Version before = newest(changedPage);
        checkInUse(number, before);
        this.changed = true;
        if (changedPage == null || before == null || before.generation != this.generation) {
            begin(changedPage, new Page.Version(number, this.generation, null));
        }
        else {
            release(before.settle());
            if (changedPage.frozen == null && this.space.table.get(number) == ImageAddress.NONE) {
                this.space.changedPages.remove(number); // no checkpoint ever had it
                this.space.giveBackNumber(number);
            }
            else {
                begin(changedPage, new Page.Version(number, this.generation, null));
            }
        }
        this.tiers.forget(this.space.key(number));
    }

    @Override
    public void field(int index, long value) {
        this.changed = true;
        this.space.fields[index] = value;
    }

    boolean hasChanged() {
        return this.changed;
    }

    private void release(@Nullable PageSlot slot) {
        if (slot != null) {
            if (this.slots == null) {
                this.slots = new ArrayList<>();
            }
            this.slots.add(slot);
        }
    }

    /** Frees what is not needed any more of the modified-page file. Without the latch. */
    void freeSlots() {
        if (this.slots != null) {
            this.slots.forEach(this.tiers::free);
        }
    }

}
