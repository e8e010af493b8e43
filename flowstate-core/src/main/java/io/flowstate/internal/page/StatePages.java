package io.flowstate.internal.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.StampedLock;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;

import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StateException;
import org.jspecify.annotations.Nullable;

/**
 * Where the pages of one state are, and the latch that guards that. It stays when the
 * state is cleared, dropped or restored; its {@link PageSpace} is then another, or none.
 *
 * <p>
 * Everything here is changed by who has the latch alone; nothing is waited for under it.
 * {@link PageActions} says how readers and writers take it.
 */
public final class StatePages implements Page.Owner {

    final StampedLock latch = new StampedLock();

    private final PageTiers tiers;

    private final String description;

    private volatile @Nullable PageSpace space; // written under the latch

    /**
     * Creates a state that has no pages before it is given a space.
     * @param tiers what its pages lie in
     * @param description what messages call it
     */
    public StatePages(PageTiers tiers, String description) {
        this.tiers = tiers;
        this.description = description;
    }

    // The space

    /** The pages of the state, null if it does not exist. */
    public @Nullable PageSpace space() {
        return this.space;
    }

    /** Whether the state exists. */
    public boolean isPresent() {
        return this.space != null;
    }

    /** Throws if the state does not exist. */
    public void checkPresent() {
        present();
    }

    /** The number of entries, 0 if the state does not exist. */
    public long entries() {
        return counted((present) -> present.fields[PageView.SIZE]);
    }

    /** The number of pages, 0 if the state does not exist. */
    public long count() {
        return counted((present) -> (long) present.nextPage() - 1 - present.freePages().cardinality());
    }

    private long counted(ToLongFunction<PageSpace> number) {
        long stamp = this.latch.readLock();
        try {
            PageSpace present = this.space;
            return (present != null) ? number.applyAsLong(present) : 0;
        }
        finally {
            this.latch.unlockRead(stamp);
        }
    }

    PageSpace present() {
        PageSpace present = this.space;
        if (present == null) {
            this.tiers.checkOpen();
            throw new IllegalStateException(this.description + " is dropped, or not in the restored checkpoint");
        }
        return present;
    }

    /**
     * Goes on without entries, under another id. Inside the gate, or with nobody else
     * there.
     * @param stateId the id
     * @param pageSize the length of a full page
     * @param temporary whether no checkpoint has it
     * @return what the state went on from, to be {@linkplain #dispose disposed of}
     */
    public @Nullable PageSpace begin(int stateId, int pageSize, boolean temporary) {
        return replace(new PageSpace(this, stateId, pageSize, temporary));
    }

    /**
     * Goes on from a checkpoint; the page table is still to be filled, and then
     * {@link PageSpace#findFreePages}.
     */
    public @Nullable PageSpace recover(int stateId, int pageSize, long[] fields, int nextPage) {
        PageSpace recovered = new PageSpace(this, stateId, pageSize, false);
        recovered.recover(fields, nextPage);
        return replace(recovered);
    }

    /** The state exists no more. Inside the gate. */
    public @Nullable PageSpace drop() {
        return replace(null);
    }

    private @Nullable PageSpace replace(@Nullable PageSpace next) {
        if (next != null) {
            this.tiers.add(next);
        }
        long stamp = this.latch.writeLock();
        try {
            PageSpace before = this.space;
            if (before != null) {
                orphan(before);
                this.tiers.remove(before);
            }
            this.space = next;
            return before;
        }
        finally {
            this.latch.unlockWrite(stamp);
        }
    }

    /** What the checkpoint under way has frozen stays for it. */
    private void orphan(PageSpace before) {
        before.disposed = true;
        long generation = generation(before);
        before.changedPages.values().forEach((changed) -> {
            if (changed.newest.generation == generation) {
                PageSlot slot = changed.newest.settle();
                if (slot != null) {
                    before.orphaned.add(slot);
                }
            }
        });
    }

    /**
     * Gives back what a space had in memory and in the modified-page file, but for what a
     * checkpoint under way still needs, which that gives back itself. Outside the gate.
     */
    public void dispose(@Nullable PageSpace before) {
        if (before == null) {
            return;
        }
        before.orphaned.forEach(this.tiers::free);
        before.takeCleanSlots(this.tiers::free);
        for (int page = 1; page < before.nextPage(); page++) {
            ChangedPage changed = before.changedPages.get(page);
            // what the checkpoint under way needs may still be spilled
            if (changed == null || changed.newest.settled) {
                this.tiers.forget(before.key(page));
            }
        }
    }

    long generation(PageSpace of) {
        return of.temporary ? 0 : this.tiers.generation(); // a cut does not concern it
    }

    @Override
    public CorruptStateException corrupt(int page, String found) {
        return new CorruptStateException(this.description, page, "a page that fits the others", found);
    }

    // Fetching

    /**
     * Reads a page that is not in memory. Nothing is held meanwhile. If the page moved in
     * the meantime nothing is fetched, and the action finds out when it runs again.
     */
    void fetch(PageSpace from, int number, FetchedPages fetched) {
        Page.Version version;
        PageSlot slot = null;
        long word = ImageAddress.NONE;
        long stamp = this.latch.readLock();
        try {
            if (this.space != from) {
                return;
            }
            ChangedPage changed = from.changedPages.get(number);
            version = (changed != null) ? changed.newest : null;
            if (version == null) {
                word = from.table.get(number);
            }
            else {
                slot = version.slot;
            }
            if (slot == null && word == ImageAddress.NONE) {
                return; // in memory again, or freed meanwhile
            }
        }
        finally {
            this.latch.unlockRead(stamp);
        }
        try {
            byte[] bytes = (slot != null) ? this.tiers.readSlot(from, number, slot) : readClean(from, number, word);
            if (bytes != null) {
                Page page = new Page(from, number, bytes);
                page.word = word;
                fetched.add(new FetchedPages.Fetched(page, version, slot, word));
                return;
            }
        }
        catch (StateException ex) {
            if (isThere(from, number, version, slot, word)) {
                throw ex;
            }
            return;
        }
        if (isThere(from, number, version, slot, word)) {
            throw corrupt(number, "no image of it");
        }
    }

    private boolean isThere(PageSpace from, int number, Page.@Nullable Version version, @Nullable PageSlot slot,
            long word) {
        long stamp = this.latch.readLock();
        try {
            ChangedPage changed = from.changedPages.get(number);
            return this.space == from && ((version != null)
                    ? changed != null && changed.newest == version && Objects.equals(version.slot, slot)
                    : changed == null && from.table.get(number) == word);
        }
        finally {
            this.latch.unlockRead(stamp);
        }
    }

    private byte @Nullable [] readClean(PageSpace from, int number, long word) {
        PageSpace.CleanSlot clean = from.cleanSlots.get(number);
        if (clean != null && clean.word() == word) {
            try {
                return this.tiers.readSlot(from, number, clean.slot());
            }
            catch (CorruptStateException ex) {
                if (from.cleanSlots.remove(number, clean)) { // else freed meanwhile
                    this.tiers.free(clean.slot());
                }
            }
        }
        return this.tiers.readStore(from, number, word);
    }

    // Spilling, by the spiller's thread

    @Override
    public Page.@Nullable Spilling beginSpilling(Page page, boolean clean, IntFunction<byte[]> target) {
        long stamp = this.latch.readLock();
        try {
            PageSpace from = this.space;
            Page.Version version = page.version;
            long word = ImageAddress.NONE;
            if (version == null || version.settled) {
                if (from == null || from != page.home) {
                    return null; // dropped meanwhile
                }
                word = page.word; // it may have been changed, as another object, since
                PageSpace.CleanSlot present = from.cleanSlots.get(page.number);
                if (!clean || word == ImageAddress.NONE || word != from.table.get(page.number)
                        || (present != null && present.word() == word)) {
                    return null;
                }
                version = null;
            }
            else if (version.page != page) {
                return null;
            }
            byte[] bytes = target.apply(page.bytes.length);
            System.arraycopy(page.bytes, 0, bytes, 0, page.bytes.length);
            return new Page.Spilling(bytes, page.bytes.length, version, (version != null) ? version.changes : 0, word);
        }
        finally {
            this.latch.unlockRead(stamp);
        }
    }

    @Override
    public boolean endSpilling(Page page, Page.Spilling spilling, PageSlot slot) {
        PageSlot superfluous = null;
        long stamp = this.latch.writeLock();
        try {
            Page.Version version = spilling.version();
            if (version == null) {
                PageSpace of = this.space;
                if (of == null || of != page.home || of.table.get(page.number) != spilling.word()) {
                    return false;
                }
                PageSpace.CleanSlot before = of.cleanSlots.put(page.number,
                        new PageSpace.CleanSlot(spilling.word(), slot));
                superfluous = (before != null) ? before.slot() : null;
                return true;
            }
            if (version.page != page || version.settled) {
                return false;
            }
            if (version.changes != spilling.changes()) {
                cacheAgain(version, page);
                return false;
            }
            version.slot = slot;
            version.page = null;
            return true;
        }
        finally {
            this.latch.unlockWrite(stamp);
            this.tiers.free(superfluous);
        }
    }

    /**
     * Only from the cache is a page ever spilled, and this one was changed since it left.
     * Under the latch, alone.
     */
    private void cacheAgain(Page.Version version, Page page) {
        PageSpace of = this.space;
        ChangedPage changed = (of != null && of == page.home) ? of.changedPages.get(page.number) : null;
        if (of != null && changed != null) {
            boolean newest = changed.newest == version; // else a cut has frozen it since
            this.tiers.cacheIfAbsent(newest ? of.key(page.number) : of.frozenKey(page.number), page);
        }
    }

    // Checkpoints

    /**
     * Takes what a cut has of the state. The gate is closed and no writer inside.
     * @return null if there is nothing a checkpoint could have
     */
    public @Nullable Frozen freeze() {
        PageSpace cut = this.space;
        return (cut != null && !cut.temporary)
                ? new Frozen(this, cut, cut.fields.clone(), cut.nextPage(), cut.takeChanged()) : null;
    }

    /** The checkpoint is committed, and the page table shows it. */
    void settle(Frozen frozen, boolean keepCopies) {
        PageSpace of = frozen.space();
        forEachVersion(frozen, (changed, version, slots) -> {
            if (changed != null && changed.newest == version) {
                of.changedPages.remove(version.number);
                if (version.freed) {
                    of.giveBackNumber(version.number);
                }
            }
            else if (changed != null && changed.frozen == version) {
                changed.frozen = null;
                this.tiers.forget(of.frozenKey(version.number));
            }
            long word = of.table.get(version.number);
            Page page = version.page;
            if (page != null) {
                page.word = word;
            }
            PageSlot slot = version.settle();
            forgetDisposed(of, version);
            if (slot != null && keepCopies && !of.disposed && word != ImageAddress.NONE) {
                PageSpace.CleanSlot before = of.cleanSlots.put(version.number, new PageSpace.CleanSlot(word, slot));
                slots.add((before != null) ? before.slot() : null);
            }
            else {
                slots.add(slot);
            }
        });
    }

    /** The checkpoint has failed: what has no newer version is changed again. */
    void unfreeze(Frozen frozen) {
        PageSpace of = frozen.space();
        forEachVersion(frozen, (changed, version, slots) -> {
            if (of.disposed) {
                slots.add(version.settle());
                forgetDisposed(of, version);
            }
            else if (changed != null && changed.newest == version) {
                version.generation = generation(of);
                of.changed(version);
            }
            else if (changed != null && changed.frozen == version) {
                changed.frozen = null;
                this.tiers.forget(of.frozenKey(version.number));
                slots.add(version.settle());
            }
        });
    }

    /** Whichever of this and {@link #dispose} comes last finds the page. */
    private void forgetDisposed(PageSpace of, Page.Version version) {
        if (of.disposed) {
            this.tiers.forget(of.key(version.number));
            this.tiers.forget(of.frozenKey(version.number));
        }
    }

    private void forEachVersion(Frozen frozen, Settling settling) {
        List<Page.Version> versions = frozen.versions();
        List<@Nullable PageSlot> slots = new ArrayList<>();
        for (int i = 0; i < versions.size();) {
            long stamp = this.latch.writeLock();
            try {
                for (int end = Math.min(versions.size(), i + 64); i < end; i++) {
                    Page.Version version = versions.get(i);
                    if (!version.settled) {
                        settling.settle(frozen.space().changedPages.get(version.number), version, slots);
                    }
                }
            }
            finally {
                this.latch.unlockWrite(stamp);
            }
            slots.forEach(this.tiers::free);
            slots.clear();
        }
    }

    private interface Settling {

        void settle(@Nullable ChangedPage changed, Page.Version version, List<@Nullable PageSlot> slots);

    }

    /**
     * What a cut has of the state.
     *
     * @param state the state
     * @param space its pages
     * @param fields its numbers
     * @param nextPage the lowest page number that was never used
     * @param versions what has changed since the cut before
     */
    public record Frozen(StatePages state, PageSpace space, long[] fields, int nextPage, List<Page.Version> versions) {
    }

    @Override
    public String toString() {
        return this.description;
    }

}
