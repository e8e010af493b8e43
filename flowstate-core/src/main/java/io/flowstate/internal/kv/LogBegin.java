package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.function.IntFunction;

import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.LogScanner;
import io.flowstate.internal.hybridlog.SegmentRange;
import org.jspecify.annotations.Nullable;

/**
 * Moves the begin of the record log past records that no longer count, so that segments
 * in which nothing is left can be deleted. A record counts while it is the newest of its
 * key and not a removal; before the begin nothing is older, so a removal that is the
 * newest has nothing left to hide.
 *
 * <p>
 * It stops at the first record that counts, or at head. The checkpoint thread only.
 */
public final class LogBegin {

    private final RecordEngine engine;

    private final IntFunction<@Nullable RecordStore> stores;

    private long lastTail;

    /**
     * Creates it for an engine.
     * @param engine the engine
     * @param stores the store of a state id, null if there is none
     */
    public LogBegin(RecordEngine engine, IntFunction<@Nullable RecordStore> stores) {
        this.engine = engine;
        this.stores = stores;
        this.lastTail = engine.log.tail();
    }

    /**
     * Moves the begin as far as it goes. Looks at no more than twice what was appended
     * since the last call, and a segment, so that it keeps up without ever taking long.
     * @param segmentSizeBytes the size of a segment
     */
    public void advance(long segmentSizeBytes) {
        long tail = this.engine.log.tail();
        long budget = 2 * (tail - this.lastTail) + segmentSizeBytes;
        this.lastTail = tail;
        long head = this.engine.log.head();
        Operation operation = this.engine.operations.take();
        try {
            LogScanner scanner = new LogScanner(this.engine.segments);
            for (long begin = this.engine.log.begin(); begin < head && budget > 0;) {
                SegmentRange range = this.engine.segments.find(begin);
                if (range == null) {
                    return;
                }
                long end = Math.min(range.endAddress(), head);
                long reached = Math.min(head, scanner.scan(range, begin, end,
                        (address, buffer, offset) -> !counts(operation, address, buffer, offset)));
                this.engine.log.begin(reached);
                if (reached < end) {
                    return;
                }
                budget -= reached - begin;
                begin = reached;
            }
        }
        finally {
            this.engine.operations.giveBack(operation);
        }
    }

    private boolean counts(Operation operation, long address, ByteBuffer buffer, int offset) {
        RecordStore store = this.stores.apply(LogRecord.stateId(buffer, offset));
        if (store == null || LogRecord.isTombstone(LogRecord.storedInfo(buffer, offset))) {
            return false;
        }
        store.setKey(operation, buffer, offset);
        return store.isNewest(operation, address);
    }

}
