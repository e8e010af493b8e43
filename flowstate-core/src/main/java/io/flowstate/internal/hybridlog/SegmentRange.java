package io.flowstate.internal.hybridlog;

import io.flowstate.storage.LogSegment;

/**
 * A segment and the addresses that are valid in it.
 *
 * @param segment the segment; its start address is the first valid one
 * @param endAddress where the valid addresses end, itself not valid
 */
public record SegmentRange(LogSegment segment, long endAddress) {

    /** The first valid address. */
    public long startAddress() {
        return this.segment.startAddress();
    }

    /** Where the byte of an address lies in the segment. */
    public long position(long address) {
        return SegmentHeader.BYTES + address - startAddress();
    }

    /** The least length that the segment must have. */
    public long length() {
        return position(this.endAddress);
    }

}
