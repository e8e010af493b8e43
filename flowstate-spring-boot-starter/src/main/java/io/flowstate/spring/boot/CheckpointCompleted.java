package io.flowstate.spring.boot;

import io.flowstate.Checkpoint;

/**
 * An application event: a checkpoint that was asked for has become durable, be it by a
 * call, a restore, a compaction or at an interval. Published for each who asked, so more
 * than once if several share a checkpoint; for a compaction once, of its last checkpoint.
 * It is published by the thread that asked, or by the one that completes the future if
 * one was asked for; what a listener throws is logged and changes nothing. For stores
 * that the starter opened, while the context runs.
 *
 * @param store the name of the store, {@value StoreNames#DEFAULT} for the one without a
 * name
 * @param checkpoint the checkpoint
 */
public record CheckpointCompleted(String store, Checkpoint checkpoint) {
}
