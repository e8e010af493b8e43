package io.flowstate.torture;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.Storage;

/**
 * Another process that opens a store and says either {@code HELD} or
 * {@code REFUSED owner}. If it holds the store, it closes it when its input ends or
 * brings a line, says {@code CLOSED}, and ends at the end of its input.
 */
final class LockChild {

    private LockChild() {
    }

    static StateManagerOptions options(Path log, Path checkpoints) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(log, checkpoints))
            .pageSize(64 << 10)
            .memorySize(256 << 10)
            .segmentSize(256 << 10)
            .indexMemory(1 << 20)
            .build();
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (StateManager manager = StateManager.open(options(Path.of(arguments[0]), Path.of(arguments[1])))) {
            CrashChild.say("HELD");
            input.readLine();
            manager.checkpoint();
        }
        catch (StateLockedException ex) {
            CrashChild.say("REFUSED " + ex.owner());
            return;
        }
        CrashChild.say("CLOSED");
        input.readLine();
    }

}
