package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

import io.flowstate.internal.memory.BufferAccess;

/**
 * Reads a log from its device in the order of addresses, verifies every byte that counts,
 * and hands on each record that is not dead.
 */
public final class LogScanner {

    /** Read at once from the device. */
    private static final int CHUNK_BYTES = 1 << 20;

    private static final ByteBuffer NOT_READ = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);

    private final LogSegments segments;

    private final CRC32C crc = new CRC32C();

    private ByteBuffer buffer = NOT_READ;

    private long bufferAddress; // the log address of the buffer's first byte

    /**
     * Creates a scanner.
     * @param segments the log on the device
     */
    public LogScanner(LogSegments segments) {
        this.segments = segments;
    }

    /**
     * Scans a range.
     * @param range the range
     * @param from where to begin: at a record or padding in the range
     * @param to where to end, at most the end of the range
     * @param visitor meets the records
     * @return where the scan ended: at the record that the visitor stopped at, else at or
     * after {@code to}
     */
    public long scan(SegmentRange range, long from, long to, Visitor visitor) {
        long seed = this.segments.contextSeed(range);
        long address = from;
        if (address < to) {
            fill(range, address, 0);
        }
        while (address < to) {
            long available = range.endAddress() - address;
            ensure(range, address, LogRecord.ALIGNMENT_BYTES);
            long word = BufferAccess.getLong(this.buffer, offset(address));
            int context = LogRecord.context(seed, address);
            if (LogRecord.isPadding(word)) {
                long length = LogRecord.paddingLength(word);
                if ((int) word != LogRecord.paddingChecksum(word, context) || length == 0 || length > available) {
                    throw this.segments.corrupt(range, address, "padding of " + length + " bytes with checksum "
                            + LogRecord.hex((int) word) + " where at most " + available + " are left");
                }
                address += length;
                continue;
            }
            if (available < LogRecord.HEADER_BYTES) {
                throw this.segments.corrupt(range, address, "neither, in the last " + available + " bytes");
            }
            ensure(range, address, LogRecord.HEADER_BYTES);
            long largest = Math.min(available, this.segments.maxRecordBytes());
            long size = Math.max(LogRecord.HEADER_BYTES, LogRecord.claimedSize(this.buffer, offset(address)));
            ensure(range, address, (int) Math.min(size, largest));
            String problem = LogRecord.problem(this.buffer, offset(address), largest, context, this.crc);
            if (problem != null) {
                throw this.segments.corrupt(range, address, problem);
            }
            if (!LogRecord.isDead(word) && !visitor.record(address, this.buffer, offset(address))) {
                return address;
            }
            address += size;
        }
        return address;
    }

    private int offset(long address) {
        return (int) (address - this.bufferAddress);
    }

    /** Makes the next bytes from an address present in the buffer. */
    private void ensure(SegmentRange range, long address, int count) {
        if (offset(address) + (long) count > this.buffer.limit() || address < this.bufferAddress) {
            fill(range, address, count);
        }
    }

    private void fill(SegmentRange range, long address, int count) {
        long available = range.endAddress() - address;
        int wanted = (int) Math.min(available, Math.max(count, CHUNK_BYTES));
        ByteBuffer target = (this.buffer.capacity() < wanted) ? allocate(wanted) : this.buffer.clear();
        this.buffer = NOT_READ; // a read that fails may still write to the other
        this.segments.read(range, address, target.limit(wanted));
        this.buffer = target.position(0).limit(wanted);
        this.bufferAddress = address;
    }

    private static ByteBuffer allocate(int size) {
        return ByteBuffer.allocate(Math.max(size, CHUNK_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Meets the records of a scan. */
    @FunctionalInterface
    public interface Visitor {

        /**
         * A record.
         * @param address where it lies
         * @param buffer holds it during this call
         * @param offset where in the buffer
         * @return whether to go on
         */
        boolean record(long address, ByteBuffer buffer, int offset);

    }

}
