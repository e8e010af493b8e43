package io.flowstate.internal.kv;

import java.util.List;

import io.flowstate.internal.hybridlog.SegmentRange;

/**
 * A snapshot of all hash indexes, from which recovery goes on instead of reading the log
 * from its begin.
 *
 * @param replayFrom where in the record log recovery goes on; every record before it that
 * was the newest of its chain is in the snapshot
 * @param validFrom the snapshot may know records up to here, so it serves cuts at or
 * after this address
 * @param segments where it lies, in the log of the indexes: addresses ascending and
 * without gaps
 */
public record IndexSnapshot(long replayFrom, long validFrom, List<SegmentRange> segments) {

    public IndexSnapshot {
        segments = List.copyOf(segments);
    }

    /** The bytes of it. */
    public long sizeBytes() {
        return segments().stream().mapToLong((range) -> range.endAddress() - range.startAddress()).sum();
    }

}
