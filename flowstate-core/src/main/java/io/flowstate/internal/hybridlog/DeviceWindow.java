package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * A stretch of the log read at once, for those who look at many records in the order of
 * addresses. Each record is verified when it is asked for. Belongs to one thread.
 */
public final class DeviceWindow {

    private final LogSegments segments;

    private final CRC32C crc = new CRC32C();

    private ByteBuffer buffer = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);

    private @Nullable SegmentRange range; // what the buffer was read from

    private long start; // the log address of the buffer's first byte

    /**
     * Creates a window onto nothing yet.
     * @param segments the log on the device
     */
    public DeviceWindow(LogSegments segments) {
        this.segments = segments;
    }

    /**
     * Finds a record.
     * @param address where it begins; one that was flushed
     * @param readAhead how many bytes to read if it is not in the window
     * @return where in {@link #buffer()} it lies, or -1 if its segment is gone
     * @throws io.flowstate.storage.CorruptStateException if the bytes are not a record of
     * this place
     */
    public int find(long address, int readAhead) {
        SegmentRange wanted = this.segments.find(address);
        if (wanted == null) {
            return -1;
        }
        long available = Math.min(wanted.endAddress() - address, this.segments.maxRecordBytes());
        if (available < LogRecord.HEADER_BYTES) {
            throw this.segments.corrupt(wanted, address, "a reference to the last " + available + " bytes");
        }
        ensure(wanted, address, LogRecord.HEADER_BYTES, readAhead);
        long size = Math.max(LogRecord.HEADER_BYTES, LogRecord.claimedSize(this.buffer, offset(address)));
        ensure(wanted, address, (int) Math.min(size, available), readAhead);
        int context = LogRecord.context(this.segments.contextSeed(wanted), address);
        String problem = LogRecord.problem(this.buffer, offset(address), available, context, this.crc);
        this.buffer.clear();
        if (problem != null) {
            throw this.segments.corrupt(wanted, address, problem);
        }
        return offset(address);
    }

    private int offset(long address) {
        return (int) (address - this.start);
    }

    private void ensure(SegmentRange wanted, long address, int count, int readAhead) {
        boolean present = this.range != null && this.range.segment().equals(wanted.segment()) && address >= this.start
                && address + count <= this.start + this.buffer.capacity();
        if (!present) {
            int bytes = (int) Math.min(wanted.endAddress() - address, Math.max(count, readAhead));
            this.range = null; // if reading fails, the window shows nothing
            this.buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            this.segments.read(wanted, address, this.buffer);
            this.buffer.clear();
            this.start = address;
            this.range = wanted;
        }
    }

    /** Holds the record that was found last. */
    public ByteBuffer buffer() {
        return this.buffer;
    }

}
