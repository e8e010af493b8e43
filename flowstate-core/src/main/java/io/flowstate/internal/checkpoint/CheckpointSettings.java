package io.flowstate.internal.checkpoint;

import java.time.Duration;

/**
 * How checkpoints behave.
 *
 * @param keep how many are kept
 * @param gatePause how long the gate is closed at the first try
 * @param gateTimeout how long it is tried in all
 * @param timeout how long a caller waits for its turn, and a checkpoint for the log to be
 * flushed
 * @param replayLimit how much of the log recovery may have to read, in bytes
 */
public record CheckpointSettings(int keep, Duration gatePause, Duration gateTimeout, Duration timeout,
        long replayLimit) {
}
