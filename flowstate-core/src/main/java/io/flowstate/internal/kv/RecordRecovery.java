package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.LogScanner;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.storage.IncompatibleStateException;
import org.jspecify.annotations.Nullable;

/**
 * Brings the indexes of all record states up again by reading the log of a checkpoint
 * from its begin to its cut, every record verified. The thread that opens the store,
 * before others come.
 */
public final class RecordRecovery {

    private final RecordEngine engine;

    private final IntFunction<@Nullable RecordStore> stores;

    private final Map<Long, Oversized> oversized = new LinkedHashMap<>(); // by address

    private final Operation operation = new Operation();

    /**
     * Creates a recovery.
     * @param engine the engine, its log empty in memory
     * @param stores the store of a state id, null if the state was dropped
     */
    public RecordRecovery(RecordEngine engine, IntFunction<@Nullable RecordStore> stores) {
        this.engine = engine;
        this.stores = stores;
    }

    /**
     * Reads the log.
     * @param begin where it begins
     * @param end the cut
     * @throws io.flowstate.storage.CorruptStateException if a record is damaged
     * @throws IncompatibleStateException if a record that counts does not fit a log page
     */
    public void replay(long begin, long end) {
        for (SegmentRange range : this.engine.segments.ranges(begin, end)) {
            long from = Math.max(begin, range.startAddress());
            new LogScanner(this.engine.segments).scan(range, from, range.endAddress(), this::recover);
        }
        this.oversized.forEach(this::checkSuperseded);
    }

    private boolean recover(long address, ByteBuffer buffer, int offset) {
        RecordStore store = this.stores.apply(LogRecord.stateId(buffer, offset));
        if (store != null) {
            store.recover(this.operation, address, buffer, offset);
            int size = LogRecord.size(buffer, offset);
            if (size > this.engine.log.pageSize()) {
                this.oversized.put(address, new Oversized(store, this.operation.key().toByteArray(), size));
            }
        }
        return true;
    }

    private void checkSuperseded(long address, Oversized record) {
        this.operation.key().clear();
        this.operation.key().writeBytes(record.key());
        if (record.store().isNewest(this.operation, address)) {
            throw new IncompatibleStateException(
                    "page-size is " + this.engine.log.pageSize() + " bytes, but the store holds a record of "
                            + record.size() + " bytes, written with larger pages; raise page-size to at least that");
        }
    }

    private record Oversized(RecordStore store, byte[] key, int size) {
    }

}
