package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

import io.flowstate.storage.CorruptStateException;

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
        fill(segments, range, address, 0, (int) Math.min(available, FIRST_READ_BYTES));
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
