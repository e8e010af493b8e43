package io.flowstate.internal.page;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

import io.flowstate.compression.Compression;
import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.hybridlog.StorageCalls;
import io.flowstate.internal.pagestore.PageCodecs;
import io.flowstate.internal.pagestore.PageStore;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;

/**
 * The three tiers of pages over a device, with checkpoints and recoveries but without the
 * states that are made of them.
 */
final class TiersFixture implements AutoCloseable {

    static final int SEGMENT_BYTES = 64 << 10;

    private static final UUID STORE_ID = new UUID(3, 4);

    final Gate gate;

    final PageTiers tiers;

    final PageStore store;

    final LogSegments segments;

    private final StorageCalls fileCalls = new StorageCalls("file-calls", Duration.ofSeconds(20), System::nanoTime);

    private final boolean readCache;

    private final Map<Integer, StatePages> states = new HashMap<>();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private Saved saved;

    /**
     * Goes on from a checkpoint.
     * @param device where the page log lies
     * @param file the modified-page file
     * @param run the number of the run
     * @param from what to go on from
     */
    TiersFixture(LogDevice device, ModifiedPageFile file, long run, Saved from, Compression compression, int pages,
            boolean readCache) {
        this.readCache = readCache;
        this.saved = from;
        List<SegmentRange> ranges = from.segments();
        this.gate = new Gate(new Epochs(), System::nanoTime, Duration.ofMinutes(1));
        this.segments = new LogSegments(device, STORE_ID, "pages", run, SEGMENT_BYTES, SEGMENT_BYTES, ranges,
                ranges.isEmpty() ? 4096 : ranges.get(ranges.size() - 1).endAddress(), Duration.ofSeconds(20),
                System::nanoTime);
        PageCodecs codecs = new PageCodecs(compression);
        codecs.use(from.codecs());
        this.store = new PageStore(this.segments, codecs, SEGMENT_BYTES);
        this.tiers = new PageTiers(new PageTiersSettings(pages, pages * 4096L, readCache, Duration.ofSeconds(20)),
                this.gate, this.store, file, this.fileCalls, this::checkOpen, this.failure::set, System::nanoTime);
        Map<Integer, PageStore.RecoveredTable> tables = new HashMap<>();
        from.states().forEach((stateId, state) -> {
            StatePages recovered = newState(stateId);
            recovered.recover(stateId, state.pageSize(), state.fields(), state.nextPage());
            tables.put(stateId, space(recovered).recoveredTable());
        });
        this.store.load(tables, from.lastBlock());
        this.states.values().forEach((state) -> space(state).findFreePages());
    }

    private static PageSpace space(StatePages state) {
        return java.util.Objects.requireNonNull(state.space());
    }

    private void checkOpen() {
        Throwable cause = this.failure.get();
        if (cause != null) {
            throw new IllegalStateException(cause);
        }
    }

    private StatePages newState(int stateId) {
        StatePages state = new StatePages(this.tiers, "state " + stateId);
        this.states.put(stateId, state);
        return state;
    }

    /** Where the pages of a state are that exists. */
    StatePages pages(int stateId) {
        return java.util.Objects.requireNonNull(this.states.get(stateId));
    }

    /** A state, made if it does not exist. */
    PagedState state(int stateId, int pageSize) {
        StatePages state = this.states.get(stateId);
        if (state == null) {
            state = newState(stateId);
            state.begin(stateId, pageSize, false);
        }
        return new PageActions(this.tiers, state, () -> {
        });
    }

    Saved saved() {
        return this.saved;
    }

    /** Takes the cut of a checkpoint. */
    PageCheckpoint cut() {
        while (!this.gate.tryClose(Duration.ofSeconds(10))) {
            Thread.onSpinWait();
        }
        try {
            return PageCheckpoint.freeze(this.tiers, this.states.values(), this.readCache);
        }
        finally {
            this.gate.open();
        }
    }

    /** Writes and commits it, and keeps no other. */
    void complete(PageCheckpoint cut) {
        try {
            cut.write();
        }
        catch (Throwable ex) {
            cut.fail();
            throw ex;
        }
        Collection<LogSegment> before = new ArrayList<>();
        this.saved.segments().forEach((range) -> before.add(range.segment()));
        Map<Integer, SavedState> cutStates = new HashMap<>();
        cut.frozen()
            .forEach((pages) -> cutStates.put(pages.space().stateId(),
                    new SavedState(pages.fields(), pages.nextPage(), pages.space().pageSize())));
        this.saved = new Saved(cutStates, cut.segments(), cut.lastBlock(), this.store.codecs().used());
        cut.commit();
        Collection<LogSegment> needed = new ArrayList<>();
        this.saved.segments().forEach((range) -> needed.add(range.segment()));
        this.store.retain(needed, before);
        this.store.deleteReleased();
    }

    /** As a crash ends it: the device stays as it is. */
    @Override
    public void close() {
        this.segments.close();
        this.tiers.close();
        this.fileCalls.close();
    }

    record SavedState(long[] fields, int nextPage, int pageSize) {
    }

    /** What a checkpoint would say. */
    record Saved(Map<Integer, SavedState> states, List<SegmentRange> segments, long lastBlock, Set<String> codecs) {

        static final Saved NOTHING = new Saved(Map.of(), List.of(), 0, Set.of());

    }

}
