package io.flowstate.testing;

/**
 * The calls of {@link io.flowstate.storage.LogDevice} that {@link FaultyLogDevices}
 * counts, fails and holds.
 */
public enum DeviceCall {

    /** Listing the segments. */
    SEGMENTS,

    /** Creating a segment. */
    CREATE,

    /** Writing to a segment. */
    WRITE,

    /** Making a segment durable. */
    SYNC,

    /** Reading from a segment. */
    READ,

    /** Asking for the length of a segment. */
    LENGTH,

    /** Deleting a segment. */
    DELETE,

    /** Asking for the committed version. */
    COMMITTED,

    /** Noting the committed version. */
    NOTE_COMMITTED

}
