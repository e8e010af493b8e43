package io.flowstate.internal.page;

import java.util.Objects;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Function;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StateFailedException;
import org.jspecify.annotations.Nullable;

/**
 * Runs actions on the pages of one state.
 *
 * <p>
 * One latch for a state ({@link StatePages}). Readers first look without it
 * (optimistically, as {@link StampedLock} calls that), and only at pages in the cache;
 * what they found counts if nobody has changed the state meanwhile. If a page is missing
 * they fetch it, with nothing held, and then look under the latch, which they share. Who
 * changes the state has the latch alone and is inside the gate; the latch comes first,
 * and the gate is never waited for under it. Neither is anything else.
 */
public final class PageActions implements PagedState {

    private static final int OPTIMISTIC_TRIES = 3;

    private final PageTiers tiers;

    private final StatePages pages;

    private final Runnable clearing;

    /**
     * Creates a runner of actions.
     * @param tiers what the pages lie in
     * @param pages the pages
     * @param clearing takes all entries from the state
     */
    public PageActions(PageTiers tiers, StatePages pages, Runnable clearing) {
        this.tiers = tiers;
        this.pages = pages;
        this.clearing = clearing;
    }

    @Override
    public int pageSize() {
        return this.pages.present().pageSize;
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
        return this.pages.corrupt(page, found);
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
            long stamp = this.pages.latch.tryOptimisticRead();
            if (stamp == 0) {
                Thread.onSpinWait();
                continue;
            }
            try {
                R result = action.apply(new PageAccess(this.tiers, this.pages.present(), null, 0));
                if (this.pages.latch.validate(stamp)) {
                    return result;
                }
            }
            catch (PageMissingException ex) {
                break;
            }
            catch (RuntimeException ex) {
                if (this.pages.latch.validate(stamp)) {
                    throw told(ex);
                }
            }
        }
        return readUnderLatch(action);
    }

    private <R extends @Nullable Object> R readUnderLatch(Function<? super PageView, R> action) {
        FetchedPages fetched = new FetchedPages();
        while (true) {
            PageSpace looked = null;
            int missing;
            long stamp = this.pages.latch.readLock();
            try {
                looked = this.pages.present();
                return action.apply(new PageAccess(this.tiers, looked, fetched, 0));
            }
            catch (PageMissingException ex) {
                missing = ex.page();
            }
            catch (RuntimeException ex) {
                throw told(ex);
            }
            finally {
                this.pages.latch.unlockRead(stamp);
            }
            this.pages.fetch(Objects.requireNonNull(looked), missing, fetched);
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
            long stamp = this.pages.latch.writeLock();
            int slot = unit ? 0 : this.tiers.gate.tryEnterOperation();
            try {
                if (slot >= 0) {
                    this.tiers.checkOpen(); // none after closing, nor after a failure
                    changed = this.pages.present();
                    access = new PageAccess(this.tiers, changed, fetched, this.pages.generation(changed));
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
                this.pages.latch.unlockWrite(stamp);
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

    /** What goes wrong because of a restore is tried again. */
    private void fetch(PageSpace from, int number, FetchedPages fetched, long restores) {
        try {
            this.pages.fetch(from, number, fetched);
        }
        catch (RuntimeException ex) {
            if (this.tiers.restores() == restores) {
                throw ex;
            }
        }
    }

    private void checkUnchanged(@Nullable PageAccess access, Throwable ex) {
        if (access != null && access.hasChanged()) {
            StateFailedException failed = new StateFailedException(this.pages + " was left half changed (" + ex
                    + "); close the state manager and open it again, which recovers the last checkpoint", ex);
            this.tiers.fail(failed);
            throw failed;
        }
    }

    @Override
    public String toString() {
        return this.pages.toString();
    }

}
