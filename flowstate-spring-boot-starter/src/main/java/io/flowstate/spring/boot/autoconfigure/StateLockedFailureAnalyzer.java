package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.storage.StateLockedException;

import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says who has the state open, and how two applications can run side by side. */
final class StateLockedFailureAnalyzer extends StoreFailureAnalyzer<StateLockedException> {

    @Override
    FailureAnalysis explain(StateLockedException cause) {
        return new FailureAnalysis("The state cannot be opened: " + cause.getMessage() + ".",
                (cause.resource().startsWith("http") ? ofBlobs() : ofDirectories())
                        + " Tests that run several contexts at once can set flowstate.storage=temporary.",
                cause);
    }

    private static String ofDirectories() {
        return "Stop the other application (its lock is free as soon as its process has ended), or give this one"
                + " directories of its own with flowstate.log-dir and flowstate.checkpoint-dir.";
    }

    private static String ofBlobs() {
        return "Stop the other application, or give this one a prefix of its own with flowstate.azure.prefix. If the"
                + " other one has crashed, its lease runs out by itself (flowstate.azure.lease-duration) and a start"
                + " waits for that (flowstate.azure.take-over-timeout).";
    }

}
