package io.flowstate;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.flowstate.internal.checkpoint.RecordedPages;
import io.flowstate.internal.checkpoint.RecordedState;
import io.flowstate.internal.checkpoint.StateDescription;
import io.flowstate.internal.page.PageActions;
import io.flowstate.internal.page.PageSpace;
import io.flowstate.internal.page.PageTiers;
import io.flowstate.internal.page.PagedState;
import io.flowstate.internal.page.StatePages;
import io.flowstate.internal.pagestore.PageStore.RecoveredTable;
import org.jspecify.annotations.Nullable;

/**
 * The states that are made of pages: sorted maps, queues, append logs. Changed by one
 * thread at a time.
 */
final class PagedStates {

    private final PageTiers tiers;

    private final int pageSize;

    private final boolean durable;

    private final Set<StatePages> all = ConcurrentHashMap.newKeySet();

    // until their tables are filled
    private final Map<Integer, PageSpace> recovered = new HashMap<>();

    // of the present cut, by state id
    private Map<Integer, StatePages.Frozen> frozen = Map.of();

    /**
     * Creates the states.
     * @param tiers what their pages lie in
     * @param pageSize the length of a full page of a new state
     * @param durable whether checkpoints have any of them
     */
    PagedStates(PageTiers tiers, int pageSize, boolean durable) {
        this.tiers = tiers;
        this.pageSize = pageSize;
        this.durable = durable;
    }

    /**
     * Makes a state, which is nothing yet.
     * @param description what messages call it
     * @param clearing takes all entries from it
     */
    Stored newState(String description, Consumer<StoredState> clearing) {
        return new Stored(description, clearing);
    }

    /** All of them. */
    Collection<StatePages> all() {
        return this.all;
    }

    /** Says what the present cut has of the states. */
    void frozen(List<StatePages.Frozen> cut) {
        Map<Integer, StatePages.Frozen> byId = new ConcurrentHashMap<>();
        cut.forEach((pages) -> byId.put(pages.space().stateId(), pages));
        this.frozen = byId;
    }

    /** The tables of the states that were recovered last, to be filled. */
    Map<Integer, RecoveredTable> recoveredTables() {
        Map<Integer, RecoveredTable> tables = new HashMap<>();
        this.recovered.forEach((stateId, space) -> tables.put(stateId, space.recoveredTable()));
        return tables;
    }

    /** The tables of the recovered states are filled. */
    void recoveredPages() {
        this.recovered.values().forEach(PageSpace::findFreePages);
        this.recovered.clear();
    }

    /** One of the states. */
    final class Stored implements StoredState {

        private final StatePages pages;

        private final PagedState actions;

        private Stored(String description, Consumer<StoredState> clearing) {
            this.pages = new StatePages(PagedStates.this.tiers, description);
            this.actions = new PageActions(PagedStates.this.tiers, this.pages, () -> clearing.accept(this));
            PagedStates.this.all.add(this.pages);
        }

        PagedState actions() {
            return this.actions;
        }

        void checkPresent() {
            this.pages.checkPresent();
        }

        @Override
        public Runnable begin(StateDescription description, boolean temporary) {
            int size = this.pages.isPresent() ? this.actions.pageSize() : PagedStates.this.pageSize;
            return disposal(this.pages.begin(description.id(), size, temporary || !PagedStates.this.durable));
        }

        @Override
        public Runnable recover(RecordedState recorded, long logBytes) {
            RecordedPages said = Objects.requireNonNull(recorded.pages());
            int stateId = recorded.description().id();
            PageSpace before = this.pages.recover(stateId, said.pageSize(), said.fields(), said.nextPage());
            PagedStates.this.recovered.put(stateId, Objects.requireNonNull(this.pages.space()));
            return disposal(before);
        }

        @Override
        public Runnable end() {
            return disposal(this.pages.drop());
        }

        private Runnable disposal(@Nullable PageSpace before) {
            return () -> this.pages.dispose(before);
        }

        @Override
        public long entries() {
            return this.pages.entries();
        }

        @Override
        public long pages() {
            return this.pages.count();
        }

        @Override
        public @Nullable RecordedState record(StateDescription description) {
            StatePages.Frozen cut = PagedStates.this.frozen.get(description.id());
            return (cut != null) ? new RecordedState(description, 0, 0, 0,
                    new RecordedPages(cut.fields(), cut.nextPage(), cut.space().pageSize())) : null;
        }

    }

}
