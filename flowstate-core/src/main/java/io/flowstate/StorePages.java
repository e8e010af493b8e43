package io.flowstate;

import java.util.HashMap;
import java.util.Map;

import io.flowstate.internal.checkpoint.CheckpointMetadata;
import io.flowstate.internal.checkpoint.PageLog;
import io.flowstate.internal.checkpoint.RecordedPages;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.StorageCalls;
import io.flowstate.internal.page.PageCheckpoint;
import io.flowstate.internal.page.PageTiers;
import io.flowstate.internal.pagestore.PageStore;
import io.flowstate.internal.pagestore.PageStore.RecoveredTable;
import io.flowstate.internal.pagetable.PageTable;
import org.jspecify.annotations.Nullable;

/**
 * The paged states of a store and what their pages lie in, as its checkpoints see them.
 *
 * @param segments the page log on its device
 * @param store the page store
 * @param tiers the tiers
 * @param states the states
 * @param readCache whether images in the modified-page file stay there as copies
 * @param durable whether checkpoints have any pages
 * @param fileCalls opened the modified-page file, reads it if it may hang, and closes it
 */
record StorePages(LogSegments segments, PageStore store, PageTiers tiers, PagedStates states, boolean readCache,
        boolean durable, StorageCalls fileCalls) implements AutoCloseable {

    /** Freezes what has changed. The gate is closed. */
    @Nullable PageCheckpoint freeze() {
        if (!this.durable) {
            return null;
        }
        PageCheckpoint cut = PageCheckpoint.freeze(this.tiers, this.states.all(), this.readCache);
        this.states.frozen(cut.frozen());
        return cut;
    }

    /** Writes what was frozen, durable when this returns. */
    PageLog write(PageCheckpoint cut) {
        cut.write();
        return new PageLog(cut.segments(), cut.lastBlock(), this.store.codecs().used());
    }

    /** Verifies what recovering from a checkpoint would read, and changes nothing. */
    void verify(LogSegments log, CheckpointMetadata metadata) {
        log.verify();
        Map<Integer, RecoveredTable> tables = new HashMap<>();
        metadata.states().forEach((state) -> {
            RecordedPages recorded = state.pages();
            if (recorded != null) {
                tables.put(state.description().id(), new RecoveredTable(new PageTable(), recorded.nextPage()));
            }
        });
        PageStore.verify(log, tables, metadata.pageLog().lastBlock());
        this.store.codecs().check(metadata.pageLog().codecs());
    }

    /** Goes on from a checkpoint in the log of a new run. The gate is shut. */
    void restart(CheckpointMetadata metadata) {
        this.segments.restart(metadata.run(), metadata.pageLog().segments(),
                StoreLogs.endOf(metadata.pageLog().segments()));
    }

    /** Fills the page tables of the states that were recovered. */
    void recover(PageLog pageLog) {
        this.store.codecs().use(pageLog.codecs());
        this.store.load(this.states.recoveredTables(), pageLog.lastBlock());
        this.states.recoveredPages();
    }

    /** Lets whoever waits fail. */
    @Override
    public void close() {
        this.segments.close();
        this.fileCalls.callLast("giving the modified-page file back", this.tiers::close);
    }

}
