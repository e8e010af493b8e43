package io.flowstate.internal.page;

import java.util.function.IntFunction;

import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * A state page in memory. Its bytes are changed in place by the one who holds the latch
 * of its state, as long as no checkpoint needs them as they are.
 */
final class Page {

    final Home home;

    final int number;

    final byte[] bytes;

    /**
     * What was changed since the last checkpoint and has this content, if it has. Written
     * under the latch of the state.
     */
    volatile @Nullable Version version;

    /**
     * Where the page log has this very content, if it is known to. Under the latch of the
     * state.
     */
    long word = ImageAddress.NONE;

    Page(Home home, int number, byte[] bytes) {
        this.home = home;
        this.number = number;
        this.bytes = bytes;
    }

    /** Whether no checkpoint has this content yet. */
    boolean isModified() {
        Version owner = this.version;
        return owner != null && !owner.settled;
    }

    /**
     * The content of a page, or its being free, that no committed checkpoint has yet. It
     * lies in memory, or in the modified-page file, and moves from the one to the other
     * only in that order: the slot is set before the page is taken away.
     *
     * <pre>
     *   changeable --cut--> frozen --commit--> settled
     *        ^                |
     *        +---- failure ---+          (if there is no newer version)
     * </pre>
     */
    static final class Version {

        final int number;

        final boolean freed;

        /**
         * What the tiers' generation was at its first change: smaller than that after a
         * cut. Under the latch.
         */
        long generation;

        /** Counts changes, so that one during spilling is noticed. Under the latch. */
        int changes;

        /** The content in memory. Written under the latch. */
        volatile @Nullable Page page;

        /** The content in the modified-page file. Written under the latch. */
        volatile @Nullable PageSlot slot;

        /**
         * No longer needed: committed, or replaced before any cut. Written under the
         * latch.
         */
        volatile boolean settled;

        Version(int number, long generation, @Nullable Page page) {
            this.number = number;
            this.generation = generation;
            this.page = page;
            this.freed = page == null;
        }

        /** It is not needed any more; the slot it had, if any, is to be freed. */
        @Nullable PageSlot settle() {
            PageSlot had = this.slot;
            this.settled = true;
            this.page = null;
            this.slot = null;
            return had;
        }

    }

    /** Where the page belongs, as those see it who do not know its state. */
    interface Home {

        /** The id of the state. */
        int stateId();

        /** What stands for a page in the cache. */
        long key(int page);

        /** What stands there for the content that a checkpoint under way needs. */
        long frozenKey(int page);

        /** The state. */
        Owner owner();

    }

    /** The state that the pages belong to, as the spiller's thread sees it. */
    interface Owner {

        /**
         * Copies a page that left the cache.
         * @param clean whether an unchanged page is wanted too
         * @param target gives an array of at least a length
         * @return what was copied, or null if there is no need
         */
        @Nullable Spilling beginSpilling(Page page, boolean clean, IntFunction<byte[]> target);

        /**
         * Lets a page be found in the modified-page file from now on.
         * @return false if it was changed meanwhile, or is not needed any more
         */
        boolean endSpilling(Page page, Spilling spilling, PageSlot slot);

        /** The error for a page that is not what such a state is made of. */
        CorruptStateException corrupt(int page, String found);

    }

    /**
     * A page on its way to the modified-page file.
     *
     * @param bytes begins with its bytes
     * @param length how many they are
     * @param version what it is the content of, null if it is unchanged
     * @param changes how often that was changed
     * @param word where the page log has it if it is unchanged
     */
    record Spilling(byte[] bytes, int length, @Nullable Version version, int changes, long word) {
    }

}
