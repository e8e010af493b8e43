package io.flowstate.internal.pagestore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.flowstate.compression.Compression;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagetable.PageTable;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;

/**
 * A page store over a device, with checkpoints of which the newest is kept.
 */
final class PageLogFixture implements AutoCloseable {

    static final int SEGMENT_BYTES = 64 << 10;

    /** Where the page log begins. */
    static final int FIRST = 4096;

    private static final UUID STORE_ID = new UUID(5, 6);

    final LogSegments segments;

    final PageStore store;

    final Map<Integer, PageTable> tables = new HashMap<>();

    List<SegmentRange> needed = List.of();

    long lastBlock;

    PageLogFixture(LogDevice device) {
        this(device, SEGMENT_BYTES);
    }

    PageLogFixture(LogDevice device, long segmentBytes) {
        this.segments = segments(device, 1, segmentBytes, List.of());
        this.store = new PageStore(this.segments, new PageCodecs(Compression.none()), segmentBytes);
    }

    /** The log as a run meets it that goes on from some segments. */
    static LogSegments segments(LogDevice device, long run, long segmentBytes, List<SegmentRange> recovered) {
        return new LogSegments(device, STORE_ID, "pages", run, segmentBytes, SEGMENT_BYTES, recovered,
                recovered.isEmpty() ? FIRST : recovered.get(recovered.size() - 1).endAddress(), Duration.ofSeconds(20),
                System::nanoTime);
    }

    /** Takes a checkpoint in which pages of a state have been written. */
    void checkpoint(int stateId, int firstPage, int count, int pageBytes) {
        this.tables.computeIfAbsent(stateId, (absent) -> new PageTable());
        PageStore.Writing writing = this.store.begin(Map.copyOf(this.tables));
        for (int page = firstPage; page < firstPage + count; page++) {
            writing.write(stateId, page, bytes(page, pageBytes));
        }
        complete(writing);
    }

    void complete(PageStore.Writing writing) {
        writing.finish();
        List<LogSegment> released = new ArrayList<>();
        this.needed.forEach((range) -> released.add(range.segment()));
        this.needed = writing.neededRanges();
        this.lastBlock = writing.lastBlock();
        writing.commit();
        List<LogSegment> kept = new ArrayList<>();
        this.needed.forEach((range) -> kept.add(range.segment()));
        this.store.retain(kept, released);
        this.store.deleteReleased();
    }

    static byte[] bytes(int page, int length) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) page);
        return bytes;
    }

    @Override
    public void close() {
        this.segments.close();
    }

}
