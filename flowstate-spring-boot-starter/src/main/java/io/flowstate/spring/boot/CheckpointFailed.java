package io.flowstate.spring.boot;

import java.time.Instant;

/**
 * An application event: a checkpoint that was asked for, a restore or a compaction has
 * failed. One that took longer than {@code checkpoint.timeout} may still become durable.
 * Published for whom and by whom {@link CheckpointCompleted} is; a call that was wrong,
 * such as one inside a unit of work, is told its caller only.
 *
 * @param store the name of the store, {@value StoreNames#DEFAULT} for the one without a
 * name
 * @param error why
 * @param at when
 */
public record CheckpointFailed(String store, Throwable error, Instant at) {
}
