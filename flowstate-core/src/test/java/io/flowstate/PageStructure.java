package io.flowstate;

import java.util.Collection;
import java.util.Set;

import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.page.PageActions;
import io.flowstate.internal.page.PageTiers;
import io.flowstate.internal.page.PagedState;
import io.flowstate.internal.page.PagesInUse;
import io.flowstate.internal.page.StatePages;
import io.flowstate.internal.queue.QueueStructure;
import io.flowstate.internal.tree.TreeCheck;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks the pages of an open store, while nobody changes anything and no checkpoint is
 * under way: states are sorted, linked and balanced, every page number is used exactly
 * once or free, and nothing else lies in the modified-page file.
 */
public final class PageStructure {

    private PageStructure() {
    }

    /**
     * Checks a state.
     * @param manager the open store
     * @param kind what kind of state it is
     * @param name its name, which no other paged state of the store has
     */
    public static void check(StateManager manager, StateKind kind, String name) {
        StorePages store = ((OpenStateManager) manager).parts().pages();
        Collection<StatePages> found = store.states()
            .all()
            .stream()
            .filter((pages) -> pages.isPresent() && pages.toString().startsWith("state " + name + " of "))
            .toList();
        assertThat(found).as("states of the name " + name).hasSize(1);
        StatePages pages = found.iterator().next();
        PagedState state = new PageActions(store.tiers(), pages, () -> {
            throw new IllegalStateException("a check clears nothing");
        });
        Set<Integer> used = PagesInUse.of(pages);
        if (kind == StateKind.QUEUE) {
            QueueStructure.check(state, used);
        }
        else {
            TreeCheck.check(state, used);
        }
    }

    /**
     * Checks what lies in the modified-page file.
     * @param manager the open store
     */
    public static void checkModifiedPageFile(StateManager manager) {
        StorePages store = ((OpenStateManager) manager).parts().pages();
        PageTiers tiers = store.tiers();
        PagesInUse.checkSlots(tiers, store.states().all());
    }

}
