package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

import io.flowstate.internal.hybridlog.DeviceWindow;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.LogScanner;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.kv.RecordLookup.Standing;
import org.jspecify.annotations.Nullable;

/**
 * Moves the begin of the record log: reads the log from there, writes what still counts
 * once more at the tail, and lets the log begin after it, so that segments in which
 * nothing is left can be deleted. A record counts while it is the newest of its key and
 * not a removal; before the begin nothing is older, so a removal that is met there has
 * nothing left to hide.
 *
 * <p>
 * A record to which the index points is the newest. If the index points to a later one,
 * that one is of the same key but for a collision of 48 bits, and has to be looked at: in
 * memory at once, on the device later, many in the order of their addresses.
 *
 * <p>
 * A copy takes effect only if the chain still begins with the record that it began with
 * when the original was found to be the newest. One thread at a time.
 */
final class RecordCleaner {

    /** So many bytes of the log are read and decided on before begin moves. */
    private static final int STEP_BYTES = 1 << 20;

    /** So many bytes of keys may wait for a look at the device. */
    private static final int MAX_UNDECIDED_BYTES = 4 << 20;

    private static final int UNDECIDED_OVERHEAD_BYTES = 64;

    /** Records closer than this are read at once. */
    private static final int NEAR_BYTES = 16 << 10;

    private static final int WINDOW_BYTES = 256 << 10;

    private static final int SINGLE_BYTES = 1024;

    /** So many segments are looked into for a sample, or up to twice as many. */
    private static final int SAMPLES = 16;

    private static final int SAMPLE_BYTES = 64 << 10;

    private final RecordEngine engine;

    private final IntFunction<@Nullable RecordStore> stores;

    private final LogScanner scanner;

    private final List<Undecided> undecided = new ArrayList<>();

    private long undecidedBytes;

    private final AtomicLong cleanedBytes = new AtomicLong();

    private final AtomicLong copiedBytes = new AtomicLong();

    private final AtomicLong copiedRecords = new AtomicLong();

    /**
     * Creates a cleaner.
     * @param engine the engine
     * @param stores the store of a state id, null if there is none
     */
    RecordCleaner(RecordEngine engine, IntFunction<@Nullable RecordStore> stores) {
        this.engine = engine;
        this.stores = stores;
        this.scanner = new LogScanner(engine.segments);
    }

    /**
     * Moves begin one step.
     * @param limit where to end at most; flushed
     * @return false if begin has come to the limit
     */
    boolean step(long limit) {
        long begin = this.engine.log.begin();
        SegmentRange range = (begin < limit) ? this.engine.segments.find(begin) : null;
        if (range == null) {
            return false;
        }
        Operation operation = this.engine.operations.take();
        long reached;
        try {
            long end = Math.min(Math.min(range.endAddress(), limit), begin + STEP_BYTES);
            reached = this.scanner.scan(range, begin, end, (address, buffer, offset) -> {
                clean(operation, address, buffer, offset);
                return true;
            });
            decide(operation);
        }
        finally {
            this.undecided.clear();
            this.undecidedBytes = 0;
            this.engine.operations.giveBack(operation);
        }
        this.engine.flusher.evictUntil(reached);
        this.engine.log.begin(reached);
        this.cleanedBytes.addAndGet(reached - begin);
        return true;
    }

    /**
     * Estimates how many bytes of records count in a part of the log, from samples at the
     * beginnings of its segments.
     * @param begin where the part begins
     * @param end where it ends; flushed
     */
    long sampleLiveBytes(long begin, long end) {
        List<SegmentRange> ranges = this.engine.segments.ranges(begin, end);
        int stride = Math.max(1, ranges.size() / SAMPLES);
        long[] seen = new long[2]; // all bytes, and those of records that count
        Operation operation = this.engine.operations.take();
        try {
            for (int i = 0; i < ranges.size(); i += stride) {
                SegmentRange range = ranges.get(i);
                long from = Math.max(begin, range.startAddress());
                long until = Math.min(range.endAddress(), from + SAMPLE_BYTES);
                seen[0] += this.scanner.scan(range, from, until, (address, buffer, offset) -> {
                    seen[1] += counts(operation, address, buffer, offset)
                            ? this.engine.log.footprint(LogRecord.size(buffer, offset)) : 0;
                    return true;
                }) - from;
            }
        }
        finally {
            this.engine.operations.giveBack(operation);
        }
        return (long) ((double) seen[1] / Math.max(1, seen[0]) * (end - begin));
    }

    /**
     * One whose chain goes on before it on the device is practically never the newest.
     */
    private boolean counts(Operation operation, long address, ByteBuffer buffer, int offset) {
        RecordStore store = this.stores.apply(LogRecord.stateId(buffer, offset));
        if (store == null || LogRecord.isTombstone(LogRecord.storedInfo(buffer, offset))) {
            return false;
        }
        store.setKey(operation, buffer, offset);
        return store.standing(operation, address) == Standing.NEWEST;
    }

    private void clean(Operation operation, long address, ByteBuffer buffer, int offset) {
        RecordStore store = this.stores.apply(LogRecord.stateId(buffer, offset));
        if (store == null || LogRecord.isTombstone(LogRecord.storedInfo(buffer, offset))) {
            return;
        }
        store.setKey(operation, buffer, offset);
        switch (store.standing(operation, address)) {
            case NEWEST:
                copy(store, operation, address, buffer, offset);
                break;
            case UNDECIDED:
                this.undecided
                    .add(new Undecided(store, operation.key().toByteArray(), address, operation.deviceAddress));
                this.undecidedBytes += operation.key().length() + UNDECIDED_OVERHEAD_BYTES;
                if (this.undecidedBytes > MAX_UNDECIDED_BYTES) {
                    decide(operation);
                }
                break;
            case SUPERSEDED:
                break;
        }
    }

    private void copy(RecordStore store, Operation operation, long address, ByteBuffer buffer, int offset) {
        if (store.copy(operation, buffer, offset)) {
            count(buffer, offset);
        }
        else {
            resolve(new DeviceWindow(this.engine.segments), operation,
                    new Undecided(store, operation.key().toByteArray(), address, 0), SINGLE_BYTES);
        }
    }

    /** Looks at the records that stand before the undecided ones in their chains. */
    private void decide(Operation operation) {
        List<Undecided> sorted = new ArrayList<>(this.undecided);
        this.undecided.clear();
        this.undecidedBytes = 0;
        sorted.sort(Comparator.comparingLong(Undecided::deviceAddress));
        DeviceWindow window = new DeviceWindow(this.engine.segments);
        for (int i = 0; i < sorted.size(); i++) {
            boolean dense = i + 1 < sorted.size()
                    && sorted.get(i + 1).deviceAddress() - sorted.get(i).deviceAddress() < NEAR_BYTES;
            resolve(window, operation, sorted.get(i), dense ? WINDOW_BYTES : SINGLE_BYTES);
        }
    }

    private void resolve(DeviceWindow window, Operation operation, Undecided record, int readAhead) {
        operation.key().clear();
        operation.key().writeBytes(record.key());
        while (true) {
            Standing standing = record.store().standing(operation, record.address());
            if (standing == Standing.UNDECIDED) {
                standing = follow(window, operation, record.address(), readAhead);
            }
            int offset = (standing == Standing.NEWEST) ? window.find(record.address(), readAhead) : -1;
            if (offset < 0) {
                return;
            }
            if (record.store().copy(operation, window.buffer(), offset)) {
                count(window.buffer(), offset);
                return;
            }
            // another record is in front now: look again
        }
    }

    /** Follows a chain on the device down to an address. */
    private Standing follow(DeviceWindow window, Operation operation, long address, int readAhead) {
        long next = operation.deviceAddress;
        while (next > address) {
            int offset = window.find(next, readAhead);
            if (offset < 0 || operation.hasKey(window.buffer(), offset)) {
                return Standing.SUPERSEDED;
            }
            next = LogRecord.next(LogRecord.storedInfo(window.buffer(), offset));
        }
        return (next == address) ? Standing.NEWEST : Standing.SUPERSEDED;
    }

    /** Bytes that the log does not begin with any more. */
    long cleanedBytes() {
        return this.cleanedBytes.get();
    }

    private void count(ByteBuffer buffer, int offset) {
        this.copiedBytes.addAndGet(LogRecord.size(buffer, offset));
        this.copiedRecords.incrementAndGet();
    }

    /** The number of records written once more. */
    long copiedRecords() {
        return this.copiedRecords.get();
    }

    /** Bytes of records written once more. */
    long copiedBytes() {
        return this.copiedBytes.get();
    }

    /**
     * A record that may be the newest of its key.
     *
     * @param store its store
     * @param key its key
     * @param address where it lies
     * @param deviceAddress the record in its chain that has to be looked at first, as far
     * as is known; 0 if it is not
     */
    private record Undecided(RecordStore store, byte[] key, long address, long deviceAddress) {
    }

}
