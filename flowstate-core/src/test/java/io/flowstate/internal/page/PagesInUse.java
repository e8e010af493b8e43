package io.flowstate.internal.page;

import java.util.BitSet;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import io.flowstate.internal.pagetable.ImageAddress;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which page numbers and which slots of the modified-page file the states of an open
 * store hold. For checks while nobody changes anything and no checkpoint is under way.
 */
public final class PagesInUse {

    private PagesInUse() {
    }

    /**
     * The pages of a state: every number given out so far that is neither free nor freed
     * since the last checkpoint. If the state does not refer to one of them it has
     * leaked.
     * @param state a state that exists
     * @return their numbers
     */
    public static Set<Integer> of(StatePages state) {
        PageSpace space = state.present();
        BitSet free = space.freePages();
        Set<Integer> used = new TreeSet<>();
        for (int page = 1; page < space.nextPage(); page++) {
            ChangedPage changed = space.changedPages.get(page);
            if (free.get(page)) {
                assertThat(changed).as("changes of free page %d of %s", page, state).isNull();
                assertThat(space.table.get(page)).as("image of free page %d of %s", page, state)
                    .isEqualTo(ImageAddress.NONE);
            }
            else if (changed == null || !changed.newest.freed) {
                used.add(page);
            }
        }
        return used;
    }

    /**
     * Checks that the modified-page file holds nothing but what a page is found by, and
     * the heap no changed page that is not in the cache.
     * @param tiers the tiers
     * @param states all states
     */
    public static void checkSlots(PageTiers tiers, Collection<StatePages> states) {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1); // a page may
                                                                         // have to be
                                                                         // tried again
        while (tiers.leavingBytes() != 0) {
            assertThat(System.nanoTime()).as("pages leave; failure: %s", tiers.spillFailure()).isLessThan(deadline);
            Thread.onSpinWait();
        }
        long blocks = 0;
        for (StatePages state : states) {
            PageSpace space = state.space();
            if (space != null) {
                for (ChangedPage changed : space.changedPages.values()) {
                    assertThat(changed.frozen).as("needed by a checkpoint").isNull();
                    blocks += blocks(changed.newest.slot);
                    Page page = changed.newest.page;
                    assertThat(page == null || tiers.cached(space.key(page.number)) == page)
                        .as("a page that left the cache has left the heap")
                        .isTrue();
                }
                for (PageSpace.CleanSlot clean : space.cleanSlots.values()) {
                    blocks += blocks(clean.slot());
                }
            }
        }
        assertThat(tiers.file().usedBytes()).as("used of the modified-page file")
            .isEqualTo(blocks * SlotBytes.BLOCK_BYTES);
    }

    /**
     * Frees a slot behind the back of the page that lies there, as if the store had lost
     * count: giving it back once more is refused.
     * @param tiers the tiers
     * @param state a state with a page in the modified-page file
     */
    public static void freeASlot(PageTiers tiers, StatePages state) {
        tiers.free(state.present().changedPages.values()
            .stream()
            .map((changed) -> changed.newest.slot)
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow());
    }

    private static int blocks(@Nullable PageSlot slot) {
        return (slot != null) ? SlotBytes.blocks(slot.length()) : 0;
    }

}
