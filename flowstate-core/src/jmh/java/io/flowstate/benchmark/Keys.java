package io.flowstate.benchmark;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * The keys that one thread asks for, one after the other and then again from the
 * beginning; drawn before the clock starts.
 */
@State(Scope.Thread)
public class Keys {

    private static final int LENGTH = 1 << 22;

    private long[] sequence = new long[0];

    private int position;

    /** Draws the keys. */
    @Setup
    public void draw(Workload workload, ThreadParams thread) {
        this.sequence = workload.keys.sequence(workload.entries, thread.getThreadIndex(), LENGTH);
    }

    long next() {
        return this.sequence[this.position++ & (LENGTH - 1)];
    }

}
