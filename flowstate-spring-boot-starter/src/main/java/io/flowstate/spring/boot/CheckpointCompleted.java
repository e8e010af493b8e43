package io.flowstate.spring.boot;

import io.flowstate.Checkpoint;

/**
 * An application event: a checkpoint has become durable, whoever asked for it. Published
 * by the thread that waited for it; what a listener throws is logged and changes nothing.
 * For stores that the starter opened.
 *
 * @param store the name of the store, {@value StoreNames#DEFAULT} for the one without a
 * name
 * @param checkpoint the checkpoint
 */
public record CheckpointCompleted(String store, Checkpoint checkpoint) {
}
