package io.flowstate.internal.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint says of a state.
 *
 * @param description what the catalogue says of it
 * @param entries the number of entries in its index, about; 0 if it is made of pages
 * @param liveBytes the bytes of the record log that its records need, about
 * @param keys the number of keys that have a value, about
 * @param pages what it says if the state is made of pages, else null
 */
public record RecordedState(StateDescription description, long entries, long liveBytes, long keys,
        @Nullable RecordedPages pages) {
}
