package io.flowstate.internal.kv;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the bytes of the log that a table still needs. The count is exact as long as the
 * records that are replaced lie in memory; of one that is replaced unseen on the device
 * the size is estimated. So that errors do not add up for ever, bytes are counted in
 * cycles: those written since the present cycle began, and the older ones, which are none
 * once the begin of the log has come to where the cycle began. Within a cycle a sample of
 * the log corrects them ({@link CleaningProcess}). Any thread may call any method, but
 * {@link #nextCycle}.
 */
final class LiveBytes {

    private final RecordEngine engine;

    private final LongAdder young = new LongAdder(); // at or after the start of the cycle

    private final LongAdder old = new LongAdder(); // before it

    private final LongAdder doubtful = new LongAdder(); // rises

    LiveBytes(RecordEngine engine, long bytes) {
        this.engine = engine;
        this.old.add(bytes);
    }

    /** Counts bytes at an address as needed, or, if negative, as needed no more. */
    void add(long address, long bytes) {
        ((address >= this.engine.cycleStart) ? this.young : this.old).add(bytes);
    }

    /** Counts a record just appended, and an older one as needed no more. */
    void replace(long oldAddress, long oldBytes, long newBytes) {
        if (oldAddress < this.engine.cycleStart) {
            this.young.add(newBytes);
            if (oldBytes != 0) {
                this.old.add(-oldBytes);
            }
        }
        else if (newBytes != oldBytes) {
            this.young.add(newBytes - oldBytes);
        }
    }

    /** Counts bytes by which another count may be wrong. */
    void doubt(long bytes) {
        if (bytes != 0) {
            this.doubtful.add(bytes);
        }
    }

    /** How far the counts may ever have gone wrong, in all. */
    long doubtfulBytes() {
        return this.doubtful.sum();
    }

    long sum() {
        return Math.max(0, this.young.sum()) + Math.max(0, this.old.sum());
    }

    /**
     * Lets the next cycle begin: nothing before the present one is left. The cleaning
     * thread only, before it moves the start of the cycle.
     */
    void nextCycle() {
        this.old.reset();
        long bytes = this.young.sum();
        this.young.add(-bytes);
        this.old.add(bytes);
    }

}
