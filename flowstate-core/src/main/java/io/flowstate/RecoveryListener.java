package io.flowstate;

/**
 * Hears how far the recovery of a store has come while it is being opened, for logs and
 * health.
 */
@FunctionalInterface
public interface RecoveryListener {

    /** Hears nothing. */
    RecoveryListener NONE = (bytesRead, bytesToRead) -> {
    };

    /**
     * Some bytes more were read. Called by the thread that opens the store: when their
     * number is known, about once a mebibyte, and when all are read; again from the begin
     * if it goes on from an older checkpoint. Should return soon; what it throws ends the
     * opening.
     * @param bytesRead the bytes of index snapshot and log that were read so far
     * @param bytesToRead all that are to be read
     */
    void progressed(long bytesRead, long bytesToRead);

}
