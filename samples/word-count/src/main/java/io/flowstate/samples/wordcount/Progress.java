package io.flowstate.samples.wordcount;

import org.jspecify.annotations.Nullable;

/**
 * How far the counting has come, for {@code GET /progress}.
 *
 * @param status what the counter is doing
 * @param pass the number of the present pass, from 1
 * @param passes how many there will be
 * @param line how many lines of the present pass have been counted
 * @param lines how many lines a pass has
 * @param recovered where this run began; pass 1, line 0 if nothing was recovered
 * @param recoveredCheckpoint the version of the checkpoint that this run began with, null
 * if there was none
 * @param lastCheckpoint the version of the newest checkpoint, null if there is none
 */
record Progress(Status status, int pass, int passes, int line, int lines, Position recovered,
        @Nullable Long recoveredCheckpoint, @Nullable Long lastCheckpoint) {

    /** What the counter is doing. */
    enum Status {

        /** It reads and counts. */
        COUNTING,

        /** All passes are done, and in a checkpoint. */
        DONE,

        /** It was told to stop; the next start goes on. */
        STOPPED,

        /** It gave up after an error, which is in the log. */
        FAILED

    }

}
