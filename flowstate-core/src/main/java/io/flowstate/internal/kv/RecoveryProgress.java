package io.flowstate.internal.kv;

/**
 * How many of the bytes that a recovery has to read it has read. One thread's.
 */
public final class RecoveryProgress {

    /** So seldom is the listener called. */
    private static final long STEP_BYTES = 1 << 20;

    private final Listener listener;

    private long bytesToRead;

    private long bytesRead;

    private long toldAt;

    /**
     * Creates the progress of one recovery.
     * @param listener told at begin, about once a mebibyte, and at the end
     */
    public RecoveryProgress(Listener listener) {
        this.listener = listener;
    }

    void begin(long bytes) {
        this.bytesToRead = bytes;
        this.bytesRead = 0;
        tell();
    }

    void reached(long bytes) {
        this.bytesRead = bytes;
        if (bytes - this.toldAt >= STEP_BYTES) {
            tell();
        }
    }

    void end() {
        this.bytesRead = this.bytesToRead;
        tell();
    }

    private void tell() {
        this.toldAt = this.bytesRead;
        this.listener.progressed(this.bytesRead, this.bytesToRead);
    }

    long bytesRead() {
        return this.bytesRead;
    }

    /** Hears of the progress. */
    @FunctionalInterface
    public interface Listener {

        /**
         * Some bytes more were read.
         * @param bytesRead all that were read so far
         * @param bytesToRead all that are to be read
         */
        void progressed(long bytesRead, long bytesToRead);

    }

}
