package io.flowstate.internal.checkpoint;

/**
 * What a checkpoint says of a state whose records lie in the record log.
 *
 * @param description what the catalogue says of it
 * @param entries the number of entries in its index, about
 * @param liveBytes the bytes of the log that its records need, about
 * @param keys the number of keys that have a value, about
 */
public record RecordedState(StateDescription description, long entries, long liveBytes, long keys) {
}
