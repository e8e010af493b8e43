package io.flowstate.internal.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Function;
import java.util.function.IntFunction;

import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateFailedException;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one state in the tiers. It stays when the state is cleared, dropped or
 * restored; its {@link PageSpace} is then another, or none.
 *
 * <p>
 * One latch for a state. Readers first look without it (optimistically, as the latch
 * calls that), and only at pages in the cache; what they found counts if nobody has
 * changed the state meanwhile. If a page is missing they fetch it, with nothing held, and
 * then look under the latch, which they share. Who changes the state has the latch alone
 * and is inside the gate; the latch comes first, and the gate is never waited for under
 * it. Neither is anything else.
 */
public final class StatePages implements PagedState, Page.Owner {

    private static final int OPTIMISTIC_TRIES = 3;

    private final StampedLock latch = new StampedLock();

    private final PageTiers tiers;

    private final String description;

    private final Runnable clearing;

    private volatile @Nullable PageSpace space; // written under the latch

    /**
     * Creates a state that has no pages before it is given a space.
     * @param tiers what its pages lie in
     * @param description what messages call it
     * @param clearing takes all entries from it
     */
    public StatePages(PageTiers tiers, String description, Runnable clearing) {
        this.tiers = tiers;
        this.clearing = clearing;
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

    private PageSpace present() {
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
            this.tiers.forget(before.key(page));
        }
    }

    private long generation(PageSpace of) {
        return of.temporary ? 0 : this.tiers.generation(); // a cut does not concern it
    }

    @Override
    public int pageSize() {
        return present().pageSize;
    }

    @Override
    public long restores() {
        return this.tiers.restores();
    }

    @Override
    public void clear() {
        this.clearing.run();
    }

    @Override
    public CorruptStateException corrupt(int page, String found) {
        return new CorruptStateException(this.description, page, "a page that fits the others", found);
    }

    // Reading

    @Override
    public <R extends @Nullable Object> R read(Function<? super PageView, R> action) {
        while (true) {
            this.tiers.checkOpen();
            long restores = this.tiers.awaitRestored();
            try {
                R result = readOnce(action);
                if (this.tiers.restores() == restores) {
                    return result;
                }
            }
            catch (RuntimeException ex) {
                if (this.tiers.restores() == restores) {
                    throw ex;
                }
            }
        }
    }

    private <R extends @Nullable Object> R readOnce(Function<? super PageView, R> action) {
        for (int tries = 0; tries < OPTIMISTIC_TRIES; tries++) {
            long stamp = this.latch.tryOptimisticRead();
            if (stamp == 0) {
                Thread.onSpinWait();
                continue;
            }
            try {
                R result = action.apply(new PageAccess(this.tiers, present(), null, 0));
                if (this.latch.validate(stamp)) {
                    return result;
                }
            }
            catch (PageMissingException ex) {
                break;
            }
            catch (RuntimeException ex) {
                if (this.latch.validate(stamp)) {
                    throw told(ex);
                }
            }
        }
        return readUnderLatch(action);
    }

    private <R extends @Nullable Object> R readUnderLatch(Function<? super PageView, R> action) {
        FetchedPages fetched = new FetchedPages();
        while (true) {
            PageSpace looked;
            int missing;
            long stamp = this.latch.readLock();
            try {
                looked = present();
                return action.apply(new PageAccess(this.tiers, looked, fetched, 0));
            }
            catch (PageMissingException ex) {
                looked = present();
                missing = ex.page();
            }
            catch (RuntimeException ex) {
                throw told(ex);
            }
            finally {
                this.latch.unlockRead(stamp);
            }
            fetch(looked, missing, fetched);
        }
    }

    /** What an action threw over pages that nobody has changed meanwhile. */
    private RuntimeException told(RuntimeException ex) {
        if (ex instanceof IndexOutOfBoundsException || ex instanceof NegativeArraySizeException) {
            CorruptStateException damage = corrupt(PageView.NO_PAGE, "an offset outside its page");
            damage.initCause(ex);
            return damage;
        }
        return ex;
    }

    // Changing

    @Override
    public <R extends @Nullable Object> R change(Function<? super PageEditor, R> action) {
        FetchedPages fetched = new FetchedPages();
        this.tiers.checkOpen();
        while (true) {
            this.tiers.awaitRoom();
            long restores = this.tiers.awaitRestored();
            int missing = PageView.NO_PAGE;
            PageSpace changed = null;
            PageAccess access = null;
            boolean unit = this.tiers.gate.inUnit();
            long stamp = this.latch.writeLock();
            int slot = unit ? 0 : this.tiers.gate.tryEnterOperation();
            try {
                if (slot >= 0) {
                    this.tiers.checkOpen(); // none after closing, nor after a failure
                    changed = present();
                    access = new PageAccess(this.tiers, changed, fetched, generation(changed));
                    return action.apply(access);
                }
            }
            catch (PageMissingException ex) {
                checkUnchanged(access, ex);
                missing = ex.page();
            }
            catch (RuntimeException ex) {
                checkUnchanged(access, ex);
                throw told(ex);
            }
            catch (Error ex) {
                checkUnchanged(access, ex);
                throw ex;
            }
            finally {
                if (slot >= 0 && !unit) {
                    this.tiers.gate.exitOperation(slot);
                }
                this.latch.unlockWrite(stamp);
                if (access != null) {
                    access.freeSlots();
                }
            }
            if (changed == null) {
                this.tiers.gate.awaitOpen();
            }
            else {
                fetch(changed, missing, fetched, restores);
            }
        }
    }

    /** As {@link #fetch}, but what goes wrong because of a restore is tried again. */
    private void fetch(PageSpace from, int number, FetchedPages fetched, long restores) {
        try {
            fetch(from, number, fetched);
        }
        catch (RuntimeException ex) {
            if (this.tiers.restores() == restores) {
                throw ex;
            }
        }
    }

    private void checkUnchanged(@Nullable PageAccess access, Throwable ex) {
        if (access != null && access.hasChanged()) {
            StateFailedException failed = new StateFailedException(this.description + " was left half changed (" + ex
                    + "); close the state manager and open it again, which recovers the last checkpoint", ex);
            this.tiers.fail(failed);
            throw failed;
        }
    }

    // Fetching

    /**
     * Reads a page that is not in memory. Nothing is held meanwhile. If the page moved in
     * the meantime nothing is fetched, and the action finds out when it runs again.
     */
    private void fetch(PageSpace from, int number, FetchedPages fetched) {
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
            if (from == null || from != page.home) {
                return null; // dropped meanwhile
            }
            if (version == null || version.settled) {
                word = page.word; // it may have been changed, as another object, since it
                                  // left
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
            PageSpace of = this.space;
            if (of == null || of != page.home) {
                return false;
            }
            if (version == null) {
                if (of.table.get(page.number) != spilling.word()) {
                    return false;
                }
                PageSpace.CleanSlot before = of.cleanSlots.put(page.number,
                        new PageSpace.CleanSlot(spilling.word(), slot));
                superfluous = (before != null) ? before.slot() : null;
                return true;
            }
            if (version.page != page || version.changes != spilling.changes() || version.settled) {
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
