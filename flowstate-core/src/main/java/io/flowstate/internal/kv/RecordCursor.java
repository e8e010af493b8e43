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
import org.jspecify.annotations.Nullable;

/**
 * A walk over the records of a store, bucket by bucket in the order of hashes, an order
 * that growth of the index keeps. One bucket at a time is copied, in one epoch, so that a
 * key that is there throughout is met exactly once; between calls nothing is held.
 * Belongs to one thread.
 */
public final class RecordCursor {

    private final RecordStore store;

    private final Deque<Entry> entries = new ArrayDeque<>();

    private final DeviceRecord device = new DeviceRecord();

    private long position; // the hash at which the next bucket begins

    private boolean atEnd;

    private @Nullable Entry current;

    RecordCursor(RecordStore store) {
        this.store = store;
    }

    /**
     * Moves to the next record.
     * @return false if there is none
     */
    public boolean advance() {
        this.store.engine().checkOpen();
        this.current = this.entries.poll();
        while (this.current == null && !this.atEnd) {
            fill();
            this.current = this.entries.poll();
        }
        return this.current != null;
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
            if (chains.stream().allMatch((chain) -> chain.complete || readOnDevice(chain))) {
                chains.forEach((chain) -> this.entries.addAll(chain.present));
                this.position = next;
                this.atEnd = next == 0;
                return;
            }
            Epochs.backOff(attempt);
        }
    }

    /** Copies what the bucket at the position has in memory. */
    private long copyInMemory(List<Chain> chains) {
        RecordEngine engine = this.store.engine();
        HybridLog log = engine.log;
        int slot = engine.epochs.enter();
        try {
            long begin = log.begin();
            long head = log.head();
            return this.store.index().visitBucket(this.position, (first) -> {
                Chain chain = new Chain(begin);
                chains.add(chain);
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
            });
        }
        finally {
            engine.epochs.exit(slot);
        }
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
     * Follows a chain on the device.
     * @return false if it has to be looked up again
     */
    private boolean readOnDevice(Chain chain) {
        while (!chain.complete) {
            if (chain.torn || !this.device.read(this.store.engine().segments, chain.address)) {
                return false;
            }
            ByteBuffer record = this.device.buffer();
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
