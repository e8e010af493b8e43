package io.flowstate.spring.boot.autoconfigure;

import java.time.Instant;
import java.util.List;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import io.flowstate.spring.boot.autoconfigure.StoreDescription.CheckpointDescription;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a store that can be restored. Listing them reads the storage, so
 * that is done once for each newest checkpoint: without a new one none comes or goes.
 */
final class RestorableCheckpoints {

    private volatile @Nullable Listed listed; // written by any thread, the newest wins

    /**
     * The list, newest first.
     * @param open the open store
     * @param stats what it has counted
     * @param now the present time
     * @throws io.flowstate.storage.StateException if the storage fails
     */
    List<CheckpointDescription> of(StateManager open, StateManagerStats stats, Instant now) {
        Checkpoint last = stats.checkpoints().last();
        long newest = (last != null) ? last.version() : 0;
        Listed known = this.listed;
        if (known == null || !known.openedAt().equals(stats.openedAt()) || known.newest() != newest) {
            known = new Listed(stats.openedAt(), newest,
                    open.checkpoints()
                        .stream()
                        .map((checkpoint) -> CheckpointDescription.of(checkpoint, now))
                        .toList());
            this.listed = known;
        }
        return known.checkpoints().stream().map((checkpoint) -> checkpoint.at(now)).toList();
    }

    /**
     * What was listed.
     *
     * @param openedAt since when the store is open
     * @param newest the version of its newest checkpoint, 0 before the first
     * @param checkpoints the list
     */
    private record Listed(Instant openedAt, long newest, List<CheckpointDescription> checkpoints) {
    }

}
