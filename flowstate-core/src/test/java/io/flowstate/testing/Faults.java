package io.flowstate.testing;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.testing.FaultPlan.Length;
import io.flowstate.testing.FaultPlan.Outcome;

/**
 * What can be made to go wrong with calls of any sort, by their number, by their kind or
 * at random, and how many there were. Any thread may call any method.
 *
 * @param <K> the kinds of calls
 */
public abstract class Faults<K extends Enum<K>> {

    private final FaultPlan<K> plan;

    Faults(Class<K> kinds) {
        this.plan = new FaultPlan<>(kinds);
    }

    final FaultPlan<K> plan() {
        return this.plan;
    }

    /**
     * Takes back all faults that were not met yet, and gives room. What was lost stays
     * lost, and what was stopped for good stays so.
     */
    public abstract void heal();

    /**
     * Fails one call of any kind.
     * @param nth which one, 1 being the next
     */
    public final void failCall(long nth) {
        this.plan.add(null, nth, Length.ONCE, Outcome.FAILED);
    }

    /**
     * Fails one call of a kind.
     * @param kind which kind
     * @param nth which one of that kind, 1 being the next
     */
    public final void failCall(K kind, long nth) {
        this.plan.add(kind, nth, Length.ONCE, Outcome.FAILED);
    }

    /**
     * Fails every call from some point on, until {@link #heal()}.
     * @param nth the first to fail, 1 being the next
     */
    public final void failFrom(long nth) {
        this.plan.add(null, nth, Length.UNTIL_HEALED, Outcome.FAILED);
    }

    /**
     * Fails every call of a kind from some point on, until {@link #heal()}.
     * @param kind which kind
     * @param nth the first of that kind to fail, 1 being the next
     */
    public final void failFrom(K kind, long nth) {
        this.plan.add(kind, nth, Length.UNTIL_HEALED, Outcome.FAILED);
    }

    /**
     * Fails each call with a probability, until {@link #heal()}.
     * @param seed which calls: with one thread the same seed fails the same ones
     * @param probability from 0 to 1
     * @param kinds of these kinds only; of all if none is given
     */
    @SafeVarargs
    public final void failRandomly(long seed, double probability, K... kinds) {
        List<K> some = new ArrayList<>();
        for (K kind : kinds) {
            some.add(kind);
        }
        this.plan.failRandomly(seed, probability, some);
    }

    /**
     * Stops everything for good at one call: it does nothing and fails, and so does every
     * call after it, as if the process had died there. Locks and places can still be
     * given free, as an operating system does for a process that has died.
     * @param nth at which call, 1 being the next
     */
    public final void stopAt(long nth) {
        this.plan.add(null, nth, Length.FOR_GOOD, Outcome.FAILED);
    }

    /**
     * Stops everything for good at one call of a kind.
     * @param kind which kind
     * @param nth which one of that kind, 1 being the next
     * @see #stopAt(long)
     */
    public final void stopAt(K kind, long nth) {
        this.plan.add(kind, nth, Length.FOR_GOOD, Outcome.FAILED);
    }

    /**
     * Stops all calls of a kind until the test lets go.
     * @param kind which kind
     * @return lets go when it is closed
     */
    public final Hold hold(K kind) {
        return hold(kind, 1);
    }

    /**
     * Stops all calls of a kind from one call on until the test lets go.
     * @param kind which kind
     * @param nth the first of that kind to be stopped, 1 being the next
     * @return lets go when it is closed
     */
    public final Hold hold(K kind, long nth) {
        return this.plan.hold(kind, nth);
    }

    /**
     * How many calls there were, failed ones included.
     * @return the count
     */
    public final long calls() {
        return this.plan.count(null);
    }

    /**
     * How many calls the present thread has made, failed ones included: what others do in
     * the background does not count.
     * @return the count
     */
    public final long callsOfThisThread() {
        return this.plan.countOfThisThread();
    }

    /**
     * How many calls of a kind there were, failed ones included.
     * @param kind which kind
     * @return the count
     */
    public final long calls(K kind) {
        return this.plan.count(kind);
    }

}
