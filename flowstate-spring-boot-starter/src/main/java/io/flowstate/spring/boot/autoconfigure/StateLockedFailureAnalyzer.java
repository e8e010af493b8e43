package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.storage.StateLockedException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says who has the state open, and how two applications can run side by side. */
final class StateLockedFailureAnalyzer extends AbstractFailureAnalyzer<StateLockedException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, StateLockedException cause) {
        return new FailureAnalysis("The state cannot be opened: " + cause.getMessage() + ".",
                "Stop the other application (its lock is free as soon as its process has ended), or give this one"
                        + " directories of its own with flowstate.log-dir and flowstate.checkpoint-dir. Tests that run"
                        + " several contexts at once can set flowstate.storage=temporary.",
                cause);
    }

}
