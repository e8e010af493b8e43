package io.flowstate.testing;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Counts calls by kind and says which of them fail or are held. Any thread may call any
 * method.
 *
 * @param <K> the kinds of calls
 */
final class FaultPlan<K extends Enum<K>> {

    private final Map<K, Long> calls; // guarded by this

    private final Map<K, Hold> holds; // guarded by this

    private final List<Fault<K>> faults = new ArrayList<>(); // guarded by this

    private long allCalls; // guarded by this

    @SuppressWarnings("ThreadLocalUsage") // each plan counts for itself
    private final ThreadLocal<long[]> callsOfThread = ThreadLocal.withInitial(() -> new long[1]);

    FaultPlan(Class<K> kinds) {
        this.calls = new EnumMap<>(kinds);
        this.holds = new EnumMap<>(kinds);
    }

    /** Counts a call, and holds it if that is the plan; tells whether it fails. */
    boolean fails(K kind) {
        Hold hold;
        boolean fails;
        this.callsOfThread.get()[0]++;
        synchronized (this) {
            this.allCalls++;
            this.calls.merge(kind, 1L, Long::sum);
            fails = takeFault(kind);
            hold = this.holds.get(kind);
        }
        boolean failsAfterHold = hold != null && hold.stop();
        return fails || failsAfterHold;
    }

    private boolean takeFault(K kind) {
        boolean fails = false;
        for (Iterator<Fault<K>> iterator = this.faults.iterator(); iterator.hasNext();) {
            Fault<K> fault = iterator.next();
            boolean hits = (fault.kind() == null || fault.kind() == kind) && count(fault.kind()) >= fault.number();
            fails |= hits;
            if (hits && !fault.lasting()) {
                iterator.remove();
            }
        }
        return fails;
    }

    /** Fails one call, or all from there on: the nth from now, 1 being the next. */
    synchronized void add(@Nullable K kind, long nth, boolean lasting) {
        if (nth < 1) {
            throw new IllegalArgumentException("the next call is number 1, but was asked for number " + nth);
        }
        this.faults.add(new Fault<>(kind, count(kind) + nth, lasting));
    }

    synchronized void clear() {
        this.faults.clear();
    }

    synchronized Hold hold(K kind) {
        if (this.holds.containsKey(kind)) {
            throw new IllegalStateException(kind + " is held already");
        }
        Hold hold = new Hold(() -> letGo(kind));
        this.holds.put(kind, hold);
        return hold;
    }

    private synchronized void letGo(K kind) {
        this.holds.remove(kind);
    }

    /** The calls of one kind, or of all if it is null. */
    synchronized long count(@Nullable K kind) {
        return (kind != null) ? this.calls.getOrDefault(kind, 0L) : this.allCalls;
    }

    /** The calls that the present thread has made. */
    long countOfThisThread() {
        return this.callsOfThread.get()[0];
    }

    /**
     * A call that fails.
     *
     * @param kind of this kind only, or of any if null
     * @param number the count of such calls at which it fails
     * @param lasting whether all later ones fail too
     */
    private record Fault<K>(@Nullable K kind, long number, boolean lasting) {
    }

}
