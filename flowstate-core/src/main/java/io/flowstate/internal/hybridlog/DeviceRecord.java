package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * A record read from the device into a buffer of its own, and verified. Used again for
 * the next record; belongs to one thread at a time.
 */
public final class DeviceRecord {

    /** Read at once, in the hope that the whole record is in it. */
    private static final int FIRST_READ_BYTES = 1024;

    private static final ByteBuffer NOT_READ = ByteBuffer.allocate(0);

    private final CRC32C crc = new CRC32C();

    private ByteBuffer buffer = NOT_READ;

    private @Nullable SegmentRead ahead; // done already for the next read

    /**
     * What the next {@link #read} will ask the device for at first, to be done before it
     * together with others. If that fails, {@link #dropAhead} is to be called.
     * @param segments the log on the device
     * @param address where a record begins; one that was flushed
     * @return what to read, or null if there is nothing
     */
    public @Nullable SegmentRead readAhead(LogSegments segments, long address) {
        SegmentRange range = segments.find(address);
        if (range == null) {
            return null;
        }
        int count = (int) Math.min(Math.min(range.endAddress() - address, segments.maxRecordBytes()), FIRST_READ_BYTES);
        ByteBuffer target = (this.buffer.capacity() >= count) ? this.buffer : ByteBuffer.allocate(FIRST_READ_BYTES);
        this.buffer = NOT_READ;
        this.ahead = new SegmentRead(range, address, target.limit(count).position(0));
        return this.ahead;
    }

    /** Forgets what was to be read ahead. */
    public void dropAhead() {
        this.ahead = null;
    }

    /**
     * Reads the record at an address.
     * @param segments the log on the device
     * @param address where a record begins; one that was flushed
     * @return false if the segment that it lay in is gone, because the log begins later
     * now
     * @throws io.flowstate.storage.CorruptStateException if the bytes are not a record of
     * this place
     */
    public boolean read(LogSegments segments, long address) {
        SegmentRange range = segments.find(address);
        if (range == null) {
            return false;
        }
        try {
            read(segments, range, address);
            return true;
        }
        catch (CorruptStateException ex) {
            if (segments.find(address) == null) {
                return false; // deleted while it was read
            }
            throw ex;
        }
    }

    private void read(LogSegments segments, SegmentRange range, long address) {
        long available = Math.min(range.endAddress() - address, segments.maxRecordBytes());
        if (available < LogRecord.HEADER_BYTES) {
            throw segments.corrupt(range, address, "a reference to the last " + available + " bytes of the segment");
        }
        SegmentRead done = this.ahead;
        this.ahead = null;
        if (done != null && done.address() == address && done.range().segment().equals(range.segment())) {
            this.buffer = done.target().position(0);
        }
        else {
            fill(segments, range, address, 0, (int) Math.min(available, FIRST_READ_BYTES));
        }
        long size = Math.min(available, LogRecord.claimedSize(this.buffer, 0));
        if (size > this.buffer.limit()) {
            fill(segments, range, address, this.buffer.limit(), (int) size);
        }
        int context = LogRecord.context(segments.contextSeed(range), address);
        String problem = LogRecord.problem(this.buffer, 0, available, context, this.crc);
        if (problem != null) {
            throw segments.corrupt(range, address, problem);
        }
    }

    private void fill(LogSegments segments, SegmentRange range, long address, int from, int to) {
        if (this.buffer.capacity() < to) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(to, FIRST_READ_BYTES));
            larger.put(0, this.buffer, 0, from);
            this.buffer = larger;
        }
        ByteBuffer target = this.buffer.limit(to).position(from);
        this.buffer = NOT_READ; // a read that fails may still write to the other
        segments.read(range, address + from, target);
        this.buffer = target.position(0).limit(to);
    }

    /** The bytes of the record, from 0 on. */
    public ByteBuffer buffer() {
        return this.buffer;
    }

    /** Lets go of a buffer that was made for an unusually large record. */
    public void trim(int limitBytes) {
        if (this.buffer.capacity() > limitBytes) {
            this.buffer = NOT_READ;
        }
    }

}
