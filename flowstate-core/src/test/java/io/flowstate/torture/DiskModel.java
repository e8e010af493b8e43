package io.flowstate.torture;

import java.util.ArrayDeque;
import java.util.Deque;

import io.flowstate.internal.hybridlog.LogRecord;

/**
 * Which bytes of a record log the present entries of a map and those of its kept
 * checkpoints need: each version of an entry once. Keys are numbers from 0 on, eight
 * bytes long. The thread that writes changes it; {@link #neededBytes} may be called by
 * any.
 */
final class DiskModel {

    private static final int KEY_BYTES = 8;

    private final int keep;

    private final long[] present; // by key: version in the upper, size in the lower half,
                                  // 0 if there is none

    private final Deque<long[]> kept = new ArrayDeque<>(); // the newest first

    private int version = 1;

    private volatile long neededBytes; // the writing thread writes

    private volatile long changedBytes; // since the last cut; the writing thread writes

    private volatile long cutBytes; // of the checkpoint under way; the writing thread
                                    // writes

    DiskModel(int keys, int keep) {
        this.present = new long[keys];
        this.keep = keep;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void put(int key, int valueLength) {
        long size = LogRecord.size(KEY_BYTES, valueLength);
        forget(key);
        this.present[key] = (long) this.version << 32 | size;
        this.neededBytes += size;
        this.changedBytes += size;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void forget(int key) {
        long old = this.present[key];
        if (old >>> 32 == this.version) { // no checkpoint has it
            this.neededBytes -= (int) old;
        }
        else if (this.kept.isEmpty()) {
            this.neededBytes -= (int) old;
        }
        this.present[key] = 0;
    }

    void clear() {
        for (int key = 0; key < this.present.length; key++) {
            forget(key);
        }
    }

    /** A checkpoint was cut: all before it is its own. */
    void cut() {
        this.version++;
        this.cutBytes = this.changedBytes;
        this.changedBytes = 0;
        this.kept.addFirst(this.present.clone());
    }

    /** A checkpoint was committed, and what it made superfluous is gone. */
    void forgotten() {
        this.cutBytes = 0;
        while (this.kept.size() > this.keep) {
            this.kept.removeLast();
        }
        long needed = 0;
        for (int key = 0; key < this.present.length; key++) {
            long newer = this.present[key];
            needed += (int) newer;
            for (long[] checkpoint : this.kept) {
                long older = checkpoint[key];
                needed += (older != newer) ? (int) older : 0;
                newer = older;
            }
        }
        this.neededBytes = needed;
    }

    long neededBytes() {
        return this.neededBytes;
    }

    /** What checkpoints under way, and the next one, have that earlier ones had not. */
    long underWayBytes() {
        return this.cutBytes + this.changedBytes;
    }

}
