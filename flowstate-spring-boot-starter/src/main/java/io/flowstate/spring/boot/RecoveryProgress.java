package io.flowstate.spring.boot;

/**
 * An application event: how far a store has come on its way to being open. Published when
 * recovery begins, at most each five seconds while it goes on, and at its end; and once
 * when the context starts, since recovery begins before there are listeners. Its
 * listeners do not use the state before it is recovered: the thread that recovers it
 * would wait for itself, and is refused with an {@link IllegalStateException}.
 *
 * @param store the name of the store, {@value StoreNames#DEFAULT} for the one without a
 * name
 * @param phase where it is
 * @param bytesRead the bytes of index snapshot and log that were read
 * @param bytesToRead all that are to be read; 0 while that is not known
 */
public record RecoveryProgress(String store, Phase phase, long bytesRead, long bytesToRead) {

    /** Where recovery is. */
    public enum Phase {

        /** Being read. */
        RECOVERING,

        /** Open. */
        RECOVERED,

        /** Given up; what calls the state is told why. */
        FAILED

    }

}
