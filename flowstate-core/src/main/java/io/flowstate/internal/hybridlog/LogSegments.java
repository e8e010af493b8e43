package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of one log on its device: which addresses lie in which, writing at the
 * end, reading anywhere. A run writes only segments of its own; after a failed write or
 * sync everything that is not yet durable goes to a new one.
 *
 * <p>
 * Threads: {@link #write}, {@link #sync} and {@link #abandonUnsynced} by one thread, the
 * log's flusher; reading and asking by any; {@link #retain} and {@link #deleteReleased}
 * by any, which may be another thread each.
 */
public final class LogSegments implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(LogSegments.class);

    /**
     * Writers are slowed down when a log is 1.75 times as long as what is needed of it;
     * with an eighth more it is still no longer than twice that.
     */
    private static final long RELEASED_PART = 8;

    private final LogDevice device;

    private final DeviceReads deviceReads;

    private final UUID storeId;

    private final String log;

    private volatile long run; // written before others come, and by the flusher

    private final long segmentSizeBytes;

    private final long maxRecordBytes;

    private volatile SegmentRange[] ranges; // ascending, replaced as a whole; guarded by
                                            // this for writing

    private int nextNumber; // the flusher only

    private @Nullable LogSegment current; // where the flusher writes; the flusher only

    private final List<LogSegment> unsynced = new ArrayList<>(); // written since the last
                                                                 // sync; the flusher only

    private long writtenUntil; // the flusher only

    private final List<LogSegment> abandoned = new ArrayList<>(); // of the runs before a
                                                                  // restart; guarded by
                                                                  // this

    private final List<LogSegment> deletable = new ArrayList<>(); // guarded by this

    private final Object deleting = new Object(); // held by the one who deletes

    private final AtomicLong reads = new AtomicLong();

    private final AtomicLong bytesRead = new AtomicLong();

    private final AtomicLong bytesWritten = new AtomicLong();

    private final AtomicLong syncs = new AtomicLong();

    /**
     * Creates the segments of a run.
     * @param device where they lie
     * @param storeId the store they belong to
     * @param log the name of the log
     * @param run the present run
     * @param segmentSizeBytes where a segment ends: at multiples of this
     * @param maxRecordBytes the largest record there can be: a claim of more is damage
     * @param recovered what earlier runs left, ascending; with gaps where a log is
     * cleaned in the middle
     * @param tail where this run begins to write
     * @param deviceTimeout how long the device may take for an answer
     * @param nanoClock the time in nanoseconds, from any origin
     */
    public LogSegments(LogDevice device, UUID storeId, String log, long run, long segmentSizeBytes, long maxRecordBytes,
            List<SegmentRange> recovered, long tail, Duration deviceTimeout, LongSupplier nanoClock) {
        this.device = device;
        this.deviceReads = new DeviceReads(device, deviceTimeout, nanoClock);
        this.storeId = storeId;
        this.log = log;
        this.run = run;
        this.segmentSizeBytes = segmentSizeBytes;
        this.maxRecordBytes = maxRecordBytes;
        this.ranges = recovered.toArray(SegmentRange[]::new);
        this.writtenUntil = tail;
    }

    /** Checks header and length of every recovered segment. */
    public void verify() {
        for (SegmentRange range : this.ranges) {
            long length = this.deviceReads.length(range.segment());
            if (length < range.length()) {
                throw new CorruptStateException(this.device.describe(range.segment()), length,
                        "at least " + range.length() + " bytes", length + " bytes");
            }
            ByteBuffer header = ByteBuffer.allocate(SegmentHeader.BYTES);
            this.deviceReads.read(range.segment(), 0, header);
            SegmentHeader.check(header.flip(), this.storeId, range.segment(), this.device.describe(range.segment()));
        }
    }

    /**
     * Goes on elsewhere, as a new run does. What was written before stays until
     * {@link #retain} finds that nobody needs it. The flusher only.
     * @param newRun the number of the run, higher than any before
     * @param recovered what earlier runs left, ascending and without gaps
     * @param tail where the run begins to write
     */
    public synchronized void restart(long newRun, List<SegmentRange> recovered, long tail) {
        for (SegmentRange range : this.ranges) {
            this.abandoned.add(range.segment());
        }
        this.abandoned.addAll(this.unsynced);
        this.run = newRun;
        this.ranges = recovered.toArray(SegmentRange[]::new);
        this.nextNumber = 0;
        this.current = null;
        this.unsynced.clear();
        this.writtenUntil = tail;
    }

    /**
     * Lets the next write go to a new segment. The writing thread only, with nothing
     * unsynced.
     */
    public void beginSegment() {
        this.current = null;
    }

    /** Where the next byte goes. The writing thread only. */
    public long writtenUntil() {
        return this.writtenUntil;
    }

    /**
     * Writes bytes at the end of the log; they count after {@link #sync}.
     * @param address where they belong, the end of what was written before; a multiple of
     * the block size
     * @param bytes whole blocks, within one log page
     */
    public void write(long address, ByteBuffer bytes) {
        assert address == this.writtenUntil : address + " where " + this.writtenUntil + " is next";
        LogSegment segment = this.current;
        if (segment == null || address % this.segmentSizeBytes == 0) {
            segment = new LogSegment(this.log, this.run, this.nextNumber++, address);
            this.unsynced.add(segment);
            this.device.create(segment);
            this.device.write(segment, 0, SegmentHeader.encode(this.storeId, segment));
            this.bytesWritten.addAndGet(SegmentHeader.BYTES);
            this.current = segment;
        }
        else if (!this.unsynced.contains(segment)) {
            this.unsynced.add(segment);
        }
        int count = bytes.remaining();
        this.device.write(segment, SegmentHeader.BYTES + address - segment.startAddress(), bytes);
        this.writtenUntil = address + count;
        this.bytesWritten.addAndGet(count);
    }

    /** Makes all that was written durable. */
    public void sync() {
        for (LogSegment segment : this.unsynced) {
            this.device.sync(segment);
            this.syncs.incrementAndGet();
        }
        extendRanges();
        this.unsynced.clear();
    }

    private synchronized void extendRanges() {
        List<SegmentRange> extended = new ArrayList<>(Arrays.asList(this.ranges));
        for (int i = 0; i < this.unsynced.size(); i++) {
            LogSegment segment = this.unsynced.get(i);
            long end = (i + 1 < this.unsynced.size()) ? this.unsynced.get(i + 1).startAddress() : this.writtenUntil;
            extended.removeIf((range) -> range.segment().equals(segment));
            extended.add(new SegmentRange(segment, end));
        }
        this.ranges = extended.toArray(SegmentRange[]::new);
    }

    /** Whether something was written since the last sync. The writing thread only. */
    public boolean hasUnsynced() {
        return !this.unsynced.isEmpty();
    }

    /**
     * Gives up what was written since the last sync: it is written again elsewhere.
     * Segments of which nothing was durable are deleted, so far as the device lets itself
     * be asked.
     * @param durableUntil what lies before it was synced
     */
    public void abandonUnsynced(long durableUntil) {
        for (LogSegment segment : this.unsynced) {
            if (segment.startAddress() >= durableUntil) {
                try {
                    this.device.delete(segment);
                }
                catch (RuntimeException ex) {
                    logger.warn("{} could not be deleted after a failed write; the next opening deletes it",
                            this.device.describe(segment), ex);
                }
            }
        }
        this.unsynced.clear();
        this.current = null;
        this.writtenUntil = durableUntil;
    }

    /**
     * The range that an address lies in.
     * @return the range, or null if the address is in none: before the begin of the log
     * or not yet durable
     */
    public @Nullable SegmentRange find(long address) {
        SegmentRange[] snapshot = this.ranges;
        int low = 0;
        int high = snapshot.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (address < snapshot[middle].startAddress()) {
                high = middle - 1;
            }
            else if (address >= snapshot[middle].endAddress()) {
                low = middle + 1;
            }
            else {
                return snapshot[middle];
            }
        }
        return null;
    }

    /**
     * Reads until the buffer is full. What is read is not verified yet.
     * @param range the range that the address lies in
     * @param address the first byte
     * @param target what to fill, no further than the end of the range; after a failure
     * never to be used again, since a device that hangs may still write to it
     * @throws io.flowstate.storage.StorageUnavailableException if the device does not
     * answer within {@code device-timeout}
     */
    public void read(SegmentRange range, long address, ByteBuffer target) {
        int count = target.remaining();
        this.deviceReads.read(range.segment(), range.position(address), target);
        this.reads.incrementAndGet();
        this.bytesRead.addAndGet(count);
    }

    /** What the checksum of bytes at an address of a range is combined with. */
    public int context(SegmentRange range, long address) {
        return LogRecord.context(contextSeed(range), address);
    }

    /** What the checksum of bytes that this run writes at an address is combined with. */
    public int context(long address) {
        return LogRecord.context(contextSeed(), address);
    }

    /**
     * Reads several places at once, until each buffer is full. What is read is not
     * verified yet. Waits for all; throws the first failure, after which none of the
     * buffers may be used again.
     * @param reads what to read
     */
    public void readAll(List<SegmentRead> reads) {
        long count = 0;
        for (SegmentRead read : reads) {
            count += read.target().remaining();
        }
        this.deviceReads.readAll(reads);
        this.reads.addAndGet(reads.size());
        this.bytesRead.addAndGet(count);
    }

    /** The seed of the checksums in a range. */
    long contextSeed(SegmentRange range) {
        return LogRecord.contextSeed(this.storeId, range.segment().run());
    }

    /** The seed of the checksums in the segments of this run. */
    long contextSeed() {
        return LogRecord.contextSeed(this.storeId, this.run);
    }

    /** Says that an address which something refers to lies in no segment. */
    public CorruptStateException missing(long address, String expected) {
        return new CorruptStateException("log " + this.log, address, expected, "no segment with that address");
    }

    /** Says that the bytes at an address are not what was written there. */
    CorruptStateException corrupt(SegmentRange range, long address, String found) {
        return corrupt(range, address, "a record or padding at log address " + address, found);
    }

    /** Says that the bytes at an address are not what was expected there. */
    public CorruptStateException corrupt(SegmentRange range, long address, String expected, String found) {
        return new CorruptStateException(this.device.describe(range.segment()), range.position(address), expected,
                found);
    }

    /** All ranges, ascending. */
    public List<SegmentRange> ranges() {
        return List.of(this.ranges);
    }

    /**
     * The ranges from one address to another, the last one cut off there.
     * @param beginAddress where to begin: ranges wholly before it are left out
     * @param endAddress where to end
     */
    public List<SegmentRange> ranges(long beginAddress, long endAddress) {
        List<SegmentRange> result = new ArrayList<>();
        for (SegmentRange range : this.ranges) {
            if (range.endAddress() > beginAddress && range.startAddress() < endAddress) {
                result.add(new SegmentRange(range.segment(), Math.min(range.endAddress(), endAddress)));
            }
        }
        return result;
    }

    /**
     * Forgets every segment before an address that is not needed by others;
     * {@link #deleteReleased} deletes them.
     * @param beginAddress the begin of the log: segments that end after it stay
     * @param needed segments that stay in any case
     * @param released segments that were needed until now by checkpoints which are
     * dropped
     */
    public void retain(long beginAddress, Collection<LogSegment> needed, Collection<LogSegment> released) {
        retain((range) -> range.endAddress() > beginAddress, needed, released);
    }

    /**
     * Forgets every segment that is needed neither by the present log nor by others;
     * {@link #deleteReleased} deletes them.
     * @param present whether the present log needs a segment; the last one stays in any
     * case
     * @param needed segments that stay in any case
     * @param released segments that were needed until now by checkpoints which are
     * dropped
     */
    public synchronized void retain(Predicate<SegmentRange> present, Collection<LogSegment> needed,
            Collection<LogSegment> released) {
        List<SegmentRange> kept = new ArrayList<>();
        Set<LogSegment> superfluous = new LinkedHashSet<>(released);
        superfluous.removeIf((segment) -> !segment.log().equals(this.log));
        superfluous.addAll(this.abandoned);
        this.abandoned.clear();
        for (int i = 0; i < this.ranges.length; i++) {
            SegmentRange range = this.ranges[i];
            boolean mayGrow = i == this.ranges.length - 1;
            if (mayGrow || present.test(range) || needed.contains(range.segment())) {
                kept.add(range);
            }
            else {
                superfluous.add(range.segment());
            }
        }
        this.ranges = kept.toArray(SegmentRange[]::new);
        superfluous.removeAll(needed);
        kept.forEach((range) -> superfluous.remove(range.segment()));
        superfluous.removeAll(this.deletable);
        this.deletable.addAll(superfluous);
    }

    /**
     * Deletes the segments that {@link #retain} found to be needed by nobody. What cannot
     * be deleted now is tried again at the next call.
     */
    public void deleteReleased() {
        RuntimeException failure = null;
        synchronized (this.deleting) {
            for (LogSegment segment : deletable()) {
                try {
                    this.device.delete(segment);
                    deleted(segment);
                }
                catch (RuntimeException ex) {
                    failure = (failure != null) ? failure : ex;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * Whether what {@link #deleteReleased} has still to delete may be more than an eighth
     * of what is kept, so that it weighs against the bound on the disk.
     */
    public synchronized boolean hasMuchReleased() {
        return RELEASED_PART * this.deletable.size() * this.segmentSizeBytes > sizeBytes();
    }

    private synchronized List<LogSegment> deletable() {
        return List.copyOf(this.deletable);
    }

    private synchronized void deleted(LogSegment segment) {
        this.deletable.remove(segment);
    }

    /** Lets the threads that read end; none that hangs is waited for. */
    @Override
    public void close() {
        this.deviceReads.close();
    }

    /** The largest record there can be, in bytes. */
    long maxRecordBytes() {
        return this.maxRecordBytes;
    }

    /** The number of segments with durable bytes. */
    public int count() {
        return this.ranges.length;
    }

    /** The bytes in them. */
    public long sizeBytes() {
        long sum = 0;
        for (SegmentRange range : this.ranges) {
            sum += range.length();
        }
        return sum;
    }

    public long reads() {
        return this.reads.get();
    }

    public long bytesRead() {
        return this.bytesRead.get();
    }

    public long bytesWritten() {
        return this.bytesWritten.get();
    }

    public long syncs() {
        return this.syncs.get();
    }

}
