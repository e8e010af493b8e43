package io.flowstate.storage;

import java.nio.file.Path;

import io.flowstate.testing.CheckpointManagerContract;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract, kept by the checkpoint manager on files of the machine.
 */
class LocalCheckpointManagerContractTests extends CheckpointManagerContract {

    @TempDir
    Path directory;

    @Override
    protected CheckpointManager createManager() {
        return CheckpointManager.local(this.directory.resolve("checkpoints"));
    }

}
