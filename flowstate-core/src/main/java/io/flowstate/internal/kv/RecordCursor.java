package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.hybridlog.DeviceRecord;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRead;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the records of a table in the order of hashes, an order that growth of the
 * index keeps. Some buckets at a time are copied, in one epoch, so that a key that is
 * there throughout is met exactly once; between calls nothing is held. Ends if the state
 * is cleared. Belongs to one thread.
 */
public final class RecordCursor {

    /** So many buckets are copied in one epoch. */
    private static final int BUCKETS_AT_ONCE = 16;

    private final RecordStore store;

    private final RecordTable table;

    private final long restores; // how many there had been when the walk began

    private final Deque<Entry> entries = new ArrayDeque<>();

    private final List<DeviceRecord> devices = new ArrayList<>(); // one for each chain
                                                                  // that goes on there

    private long position; // the hash at which the next bucket begins

    private boolean atEnd;

    private @Nullable Entry current;

    RecordCursor(RecordStore store) {
        this.store = store;
        RecordEngine engine = store.engine();
        RecordTable found;
        int slot = store.enterReader(); // no restore comes between the two
        try {
            this.restores = engine.restores();
            found = store.table();
        }
        finally {
            engine.epochs.exit(slot);
        }
        this.table = (found != null) ? found : store.presentTable();
    }

    /**
     * Moves to the next record.
     * @return false if there is none
     * @throws IllegalStateException if a checkpoint was restored or the state dropped
     * since the walk began
     */
    public boolean advance() {
        checkStanding();
        this.current = this.entries.poll();
        while (this.current == null && !this.atEnd) {
            fill();
            this.current = this.entries.poll();
        }
        return this.current != null;
    }

    private void checkStanding() {
        this.store.engine().checkOpen();
        if (this.store.engine().restores() != this.restores) {
            throw new IllegalStateException("a checkpoint was restored while the cursor was open; open another one");
        }
        this.store.checkPresent();
    }

    /**
     * Counts the records from here to the end, and ends the walk.
     * @return their number
     */
    public long count() {
        long count = 0;
        while (advance()) {
            count += 1 + this.entries.size();
            this.entries.clear();
        }
        return count;
    }

    /** The bytes of the key. */
    public byte[] key() {
        return current().key();
    }

    /** The bytes of the value. */
    public byte[] value() {
        return current().value();
    }

    private Entry current() {
        if (this.current == null) {
            throw new IllegalStateException(
                    "the cursor stands at no entry: call advance() first, while it returns true");
        }
        return this.current;
    }

    /** Ends the walk. */
    public void close() {
        this.entries.clear();
        this.current = null;
        this.atEnd = true;
    }

    private void fill() {
        for (int attempt = 0;; attempt++) {
            List<Chain> chains = new ArrayList<>();
            long next = copyInMemory(chains);
            boolean complete = readOnDevice(chains);
            if (this.store.table() != this.table) {
                checkStanding();
                this.atEnd = true; // cleared
                return;
            }
            if (complete) {
                chains.forEach((chain) -> this.entries.addAll(chain.present));
                this.position = next;
                this.atEnd = next == 0;
                return;
            }
            Epochs.backOff(attempt);
        }
    }

    /** Copies what the buckets from the position on have in memory. */
    private long copyInMemory(List<Chain> chains) {
        RecordEngine engine = this.store.engine();
        int slot = this.store.enterReader();
        try {
            if (this.store.table() != this.table) {
                return 0;
            }
            long begin = engine.log.begin();
            long head = engine.log.head();
            return this.table.index().visitEntries(this.position, BUCKETS_AT_ONCE, (address, hash) -> {
                Chain chain = new Chain(begin);
                chains.add(chain);
                copyChain(chain, address, head);
            });
        }
        finally {
            engine.epochs.exit(slot);
        }
    }

    private void copyChain(Chain chain, long first, long head) {
        HybridLog log = this.store.engine().log;
        long address = first;
        while (address >= head) {
            ByteBuffer page = log.page(address);
            int offset = log.offset(address);
            long info = LogRecord.info(page, offset);
            int changes = LogRecord.changes(page, offset);
            Entry entry = copy(page, offset);
            if (entry == null || !LogRecord.stands(page, offset, info, changes)) {
                chain.torn = true;
                return;
            }
            chain.add(entry, LogRecord.isTombstone(info));
            address = LogRecord.next(info);
        }
        chain.continueAt(address);
    }

    private static @Nullable Entry copy(ByteBuffer page, int offset) {
        int valueLength = LogRecord.valueLength(page, offset);
        if (valueLength < 0 || valueLength > LogRecord.capacity(page, offset)) {
            return null; // read in the middle of a change
        }
        byte[] key = new byte[LogRecord.keyLength(page, offset)];
        LogRecord.copyKey(page, offset, key);
        byte[] value = new byte[valueLength];
        page.get(LogRecord.valueOffset(page, offset), value, 0, valueLength);
        return new Entry(key, value);
    }

    /**
     * Follows those chains that go on on the device, the first record of each read
     * together with the others.
     * @return false if all have to be looked up again
     */
    private boolean readOnDevice(List<Chain> chains) {
        LogSegments segments = this.store.engine().segments;
        List<Chain> incomplete = new ArrayList<>();
        List<SegmentRead> reads = new ArrayList<>();
        try {
            for (Chain chain : chains) {
                if (chain.torn) {
                    return false;
                }
                if (!chain.complete) {
                    SegmentRead read = deviceOf(incomplete.size()).readAhead(segments, chain.address);
                    if (read == null) {
                        return false;
                    }
                    incomplete.add(chain);
                    reads.add(read);
                }
            }
            if (!reads.isEmpty()) {
                segments.readAll(reads);
            }
            for (int i = 0; i < incomplete.size(); i++) {
                if (!follow(incomplete.get(i), this.devices.get(i))) {
                    return false;
                }
            }
            return true;
        }
        catch (CorruptStateException ex) {
            if (this.store.table() != this.table || incomplete.stream()
                .anyMatch((chain) -> !chain.complete && segments.find(chain.address) == null)) {
                return false; // the log begins later now, or is another one
            }
            throw ex;
        }
        finally {
            this.devices.forEach(DeviceRecord::dropAhead);
        }
    }

    private DeviceRecord deviceOf(int index) {
        if (index == this.devices.size()) {
            this.devices.add(new DeviceRecord());
        }
        return this.devices.get(index);
    }

    private boolean follow(Chain chain, DeviceRecord device) {
        while (!chain.complete) {
            if (!device.read(this.store.engine().segments, chain.address)) {
                return false;
            }
            ByteBuffer record = device.buffer();
            Entry entry = copy(record, 0);
            if (entry == null) {
                return false;
            }
            long info = LogRecord.storedInfo(record, 0);
            chain.add(entry, LogRecord.isTombstone(info));
            chain.continueAt(LogRecord.next(info));
        }
        return true;
    }

    private record Entry(byte[] key, byte[] value) {
    }

    /** The records of one chain, newest first; of each key only the newest counts. */
    private static final class Chain {

        private final long begin;

        private final List<byte[]> keys = new ArrayList<>(1);

        private final List<Entry> present = new ArrayList<>(1);

        private long address;

        private boolean complete;

        private boolean torn;

        Chain(long begin) {
            this.begin = begin;
        }

        void add(Entry entry, boolean tombstone) {
            for (byte[] key : this.keys) {
                if (Arrays.equals(key, entry.key())) {
                    return;
                }
            }
            this.keys.add(entry.key());
            if (!tombstone) {
                this.present.add(entry);
            }
        }

        void continueAt(long next) {
            this.address = next;
            this.complete = next < this.begin;
        }

    }

}
