package io.flowstate;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;

import io.flowstate.internal.checkpoint.CheckpointMetadata;
import io.flowstate.internal.checkpoint.RecordedPages;
import io.flowstate.internal.checkpoint.RecordedState;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.LogDevice;

/**
 * The logs of a store on its device: that of the records, that of the snapshots of their
 * indexes, and that of the pages.
 *
 * @param device where they lie
 * @param storeId the store
 * @param segmentSize the size of a segment
 * @param pageSegmentSize the size of a segment of the page log
 * @param pageSize the size of a log page
 * @param deviceTimeout how long the device may take for an answer
 * @param nanoClock the time in nanoseconds, from any origin
 */
record StoreLogs(LogDevice device, UUID storeId, long segmentSize, long pageSegmentSize, int pageSize,
        Duration deviceTimeout, LongSupplier nanoClock) {

    /** The names of the logs, in the names of their segments. */
    private static final String RECORDS = "records";

    private static final String INDEXES = "indexes";

    private static final String PAGES = "pages";

    private static final long LEAST_PAGE_SEGMENT = 2 << 20;

    /**
     * So many state pages have room in a segment, or too much would stay free at its end.
     */
    private static final long PAGES_IN_SEGMENT = 8;

    /** Where the log of snapshots and that of pages begin. */
    private static final long FIRST = 4096;

    /**
     * The log of the records as a checkpoint has it.
     * @param run the run that goes on with it
     */
    LogSegments records(CheckpointMetadata metadata, long run) {
        return new LogSegments(this.device, this.storeId, RECORDS, run, this.segmentSize,
                Math.max(this.pageSize, metadata.largestRecord()), metadata.segments(), metadata.endAddress(),
                this.deviceTimeout, this.nanoClock);
    }

    /**
     * The log of the snapshots as a checkpoint has it.
     * @param run the run that goes on with it
     */
    LogSegments indexes(CheckpointMetadata metadata, long run) {
        return new LogSegments(this.device, this.storeId, INDEXES, run, this.segmentSize, this.pageSize,
                snapshotSegments(metadata), snapshotEnd(metadata), this.deviceTimeout, this.nanoClock);
    }

    /**
     * The log of the pages as a checkpoint has it.
     * @param run the run that goes on with it
     */
    LogSegments pages(CheckpointMetadata metadata, long run) {
        return new LogSegments(this.device, this.storeId, PAGES, run, this.pageSegmentSize, this.pageSize,
                metadata.pageLog().segments(), endOf(metadata.pageLog().segments()), this.deviceTimeout,
                this.nanoClock);
    }

    /**
     * Where segments of the page log end: it is cleaned while it is much longer than what
     * is needed, which would never end if images did not fill their segments.
     * @param segmentSize the size of other segments
     * @param statePageSize the length of the pages of new states
     * @param metadata says how long those of the others are
     */
    static long pageSegmentSize(long segmentSize, int statePageSize, CheckpointMetadata metadata) {
        int longest = statePageSize;
        for (RecordedState state : metadata.states()) {
            RecordedPages pages = state.pages();
            longest = (pages != null) ? Math.max(longest, pages.pageSize()) : longest;
        }
        return Math.max(segmentSize, Math.max(LEAST_PAGE_SEGMENT, PAGES_IN_SEGMENT * longest));
    }

    static long endOf(List<SegmentRange> segments) {
        return segments.isEmpty() ? FIRST : segments.get(segments.size() - 1).endAddress();
    }

    static List<SegmentRange> snapshotSegments(CheckpointMetadata metadata) {
        IndexSnapshot snapshot = metadata.snapshot();
        return (snapshot != null) ? snapshot.segments() : List.of();
    }

    static long snapshotEnd(CheckpointMetadata metadata) {
        return endOf(snapshotSegments(metadata));
    }

}
