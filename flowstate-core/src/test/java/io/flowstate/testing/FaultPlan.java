package io.flowstate.testing;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

import org.jspecify.annotations.Nullable;

/**
 * Counts calls by kind and says which of them fail or are held. Any thread may call any
 * method.
 *
 * @param <K> the kinds of calls
 */
final class FaultPlan<K extends Enum<K>> {

    private final Class<K> kinds;

    private final Map<K, Long> calls; // guarded by this

    private final Map<K, Held> holds; // guarded by this

    private final List<Fault<K>> faults = new ArrayList<>(); // guarded by this

    private final Set<K> failingRandomly; // guarded by this

    private SplittableRandom random = new SplittableRandom(0); // guarded by this

    private double probability; // guarded by this

    private long allCalls; // guarded by this

    private boolean stopped; // guarded by this

    @SuppressWarnings("ThreadLocalUsage") // each plan counts for itself
    private final ThreadLocal<long[]> callsOfThread = ThreadLocal.withInitial(() -> new long[1]);

    FaultPlan(Class<K> kinds) {
        this.kinds = kinds;
        this.calls = new EnumMap<>(kinds);
        this.holds = new EnumMap<>(kinds);
        this.failingRandomly = EnumSet.noneOf(kinds);
    }

    /** What becomes of a call. */
    enum Outcome {

        DONE, HALF_DONE, FAILED

    }

    /** Counts a call, holds it if that is the plan, and tells what becomes of it. */
    Outcome take(K kind) {
        Hold hold;
        Outcome outcome;
        this.callsOfThread.get()[0]++;
        synchronized (this) {
            this.allCalls++;
            long number = this.calls.merge(kind, 1L, Long::sum);
            outcome = takeFault(kind);
            Held held = this.holds.get(kind);
            hold = (held != null && number >= held.from()) ? held.hold() : null;
        }
        if (hold != null && hold.stop()) {
            return Outcome.FAILED;
        }
        return isStopped() ? Outcome.FAILED : outcome; // it may have been while held
    }

    private Outcome takeFault(K kind) {
        Outcome outcome = Outcome.DONE;
        for (Iterator<Fault<K>> iterator = this.faults.iterator(); iterator.hasNext();) {
            Fault<K> fault = iterator.next();
            if ((fault.kind() != null && fault.kind() != kind) || count(fault.kind()) < fault.number()) {
                continue;
            }
            outcome = (fault.outcome().compareTo(outcome) > 0) ? fault.outcome() : outcome;
            this.stopped |= fault.length() == Length.FOR_GOOD;
            if (fault.length() == Length.ONCE) {
                iterator.remove();
            }
        }
        // Also if it fails anyway, so that the next calls meet the same chance.
        boolean unlucky = this.failingRandomly.contains(kind) && this.random.nextDouble() < this.probability;
        return unlucky ? Outcome.FAILED : outcome;
    }

    private synchronized boolean isStopped() {
        return this.stopped;
    }

    /** Plans for the nth call from now, 1 being the next, and perhaps those after it. */
    synchronized void add(@Nullable K kind, long nth, Length length, Outcome outcome) {
        this.faults.add(new Fault<>(kind, number(kind, nth), length, outcome));
    }

    private long number(@Nullable K kind, long nth) {
        if (nth < 1) {
            throw new IllegalArgumentException("the next call is number 1, but was asked for number " + nth);
        }
        return count(kind) + nth;
    }

    /** Fails calls by chance; of all kinds if none is given. */
    synchronized void failRandomly(long seed, double probability, List<K> kinds) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability lies between 0 and 1, but was " + probability);
        }
        this.random = new SplittableRandom(seed);
        this.probability = probability;
        this.failingRandomly.clear();
        this.failingRandomly.addAll(kinds.isEmpty() ? EnumSet.allOf(this.kinds) : kinds);
    }

    /** Takes back what was not met yet; what has stopped stays so. */
    synchronized void clear() {
        this.faults.clear();
        this.failingRandomly.clear();
    }

    /** Holds calls from the nth from now on, 1 being the next. */
    synchronized Hold hold(K kind, long nth) {
        if (this.holds.containsKey(kind)) {
            throw new IllegalStateException(kind + " is held already");
        }
        Hold hold = new Hold(() -> letGo(kind));
        this.holds.put(kind, new Held(hold, number(kind, nth)));
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

    /** How long a fault lasts. */
    enum Length {

        ONCE, UNTIL_HEALED, FOR_GOOD

    }

    private record Held(Hold hold, long from) {
    }

    /**
     * A call that fails.
     *
     * @param kind of this kind only, or of any if null
     * @param number the count of such calls at which it fails
     * @param length whether later ones fail too
     * @param outcome what becomes of it
     */
    private record Fault<K>(@Nullable K kind, long number, Length length, Outcome outcome) {
    }

}
