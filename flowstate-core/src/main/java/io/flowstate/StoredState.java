package io.flowstate;

import io.flowstate.internal.checkpoint.RecordedState;
import io.flowstate.internal.checkpoint.StateDescription;
import org.jspecify.annotations.Nullable;

/**
 * A state behind its handles. It stays when the state is cleared, dropped or restored;
 * what it consists of is then another, or nothing. Changed inside the gate, or with it
 * shut, by one thread at a time.
 */
interface StoredState {

    /**
     * Goes on without entries, under a new id.
     * @param description what the catalogue says of it
     * @param temporary whether no checkpoint has it
     * @return gives back what it consisted of; to be called outside the gate
     */
    Runnable begin(StateDescription description, boolean temporary);

    /**
     * Goes on from a checkpoint, of which its entries are still to be read.
     * @param recorded what the checkpoint says of it
     * @param logBytes the bytes of the record log that the checkpoint has
     * @return gives back what it consisted of
     */
    Runnable recover(RecordedState recorded, long logBytes);

    /**
     * Exists no more.
     * @return gives back what it consisted of; to be called outside the gate
     */
    Runnable end();

    /** The number of its entries, about; 0 if it does not exist. Any thread. */
    long entries();

    /** The number of its pages; 0 if it has none. Any thread. */
    long pages();

    /**
     * What a checkpoint says of it. Consistent while the gate is closed.
     * @param description what the catalogue says of it
     * @return null if there is nothing to say
     */
    @Nullable RecordedState record(StateDescription description);

}
