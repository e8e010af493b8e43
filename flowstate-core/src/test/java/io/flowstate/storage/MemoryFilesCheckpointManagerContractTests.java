package io.flowstate.storage;

import java.nio.file.Path;

import io.flowstate.testing.CheckpointManagerContract;
import io.flowstate.testing.MemoryFiles;

/**
 * The contract, kept by the local checkpoint manager on files in memory.
 */
class MemoryFilesCheckpointManagerContractTests extends CheckpointManagerContract {

    private final MemoryFiles files = new MemoryFiles();

    @Override
    protected CheckpointManager createManager() {
        return CheckpointManager.local(Path.of("/some/where/checkpoints"), this.files);
    }

}
