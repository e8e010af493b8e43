package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.spring.boot.autoconfigure.StoreDescription.CheckpointDescription;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The endpoint {@code flowstate}: what is in the stores of the application, and how they
 * are. What it writes is off unless
 * {@code management.endpoint.flowstate.access=unrestricted} allows it.
 */
@Endpoint(id = "flowstate", defaultAccess = Access.READ_ONLY)
final class FlowStateEndpoint {

    private final List<Store> stores;

    private final DiskSpace diskSpace;

    private final Clock clock;

    private final Map<String, RestorableCheckpoints> restorable = new ConcurrentHashMap<>(); // by
                                                                                             // store

    FlowStateEndpoint(List<Store> stores, DiskSpace diskSpace, Clock clock) {
        this.stores = stores;
        this.diskSpace = diskSpace;
        this.clock = clock;
    }

    /** All stores, by name. */
    @ReadOperation
    Stores stores() {
        Map<String, StoreDescription> descriptions = new TreeMap<>();
        this.stores.forEach((store) -> descriptions.put(store.name(), describe(store)));
        return new Stores(descriptions);
    }

    /**
     * One store.
     * @param store its name
     * @return null if there is none of that name
     */
    @ReadOperation
    @Nullable StoreDescription store(@Selector String store) {
        return find(store).map(this::describe).orElse(null);
    }

    private StoreDescription describe(Store store) {
        return StoreDescription.of(store,
                this.restorable.computeIfAbsent(store.name(), (name) -> new RestorableCheckpoints()),
                this.diskSpace.of(store.settings().watchedDirectory()).orElse(null), this.clock.instant());
    }

    private Optional<Store> find(String name) {
        return this.stores.stream().filter((store) -> store.name().equals(name)).findFirst();
    }

    /**
     * Takes a checkpoint, or cleans the logs, and answers when that is done.
     * @param store the name of the store
     * @param action what to do
     * @return the newest checkpoint afterwards, null if there is no such store
     */
    @WriteOperation
    @Nullable CheckpointDescription perform(@Selector String store, @Selector Action action) {
        StateManager stateManager = find(store).map(Store::stateManager).orElse(null);
        if (stateManager == null) {
            return null;
        }
        Checkpoint newest = switch (action) {
            case CHECKPOINT -> stateManager.checkpoint();
            case COMPACT -> {
                stateManager.compact();
                yield stateManager.lastCheckpoint().orElseThrow();
            }
        };
        return CheckpointDescription.of(newest, this.clock.instant());
    }

    /** What may be asked for. */
    enum Action {

        /** A checkpoint. */
        CHECKPOINT,

        /** A checkpoint, and cleaning of the whole log. */
        COMPACT

    }

    /**
     * What the endpoint answers.
     *
     * @param stores the stores by name
     */
    record Stores(Map<String, StoreDescription> stores) {
    }

}
