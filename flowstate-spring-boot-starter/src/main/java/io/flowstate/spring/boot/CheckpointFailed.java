package io.flowstate.spring.boot;

import java.time.Instant;

/**
 * An application event: a checkpoint did not become durable, whoever asked for it.
 * Published by the thread that waited for it; what a listener throws is logged and
 * changes nothing. For stores that the starter opened.
 *
 * @param store the name of the store, {@value StoreNames#DEFAULT} for the one without a
 * name
 * @param error why
 * @param at when
 */
public record CheckpointFailed(String store, Throwable error, Instant at) {
}
