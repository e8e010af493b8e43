package io.flowstate.storage;

import io.flowstate.testing.CheckpointManagerContract;

/**
 * The contract, kept by the checkpoint manager in memory.
 */
class InMemoryCheckpointManagerContractTests extends CheckpointManagerContract {

    private final CheckpointManager manager = CheckpointManager.inMemory();

    @Override
    protected CheckpointManager createManager() {
        return this.manager;
    }

}
