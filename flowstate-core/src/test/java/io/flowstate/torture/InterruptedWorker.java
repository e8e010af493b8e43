package io.flowstate.torture;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.storage.StateInterruptedException;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A thread that calls a store and is interrupted meanwhile. A call that throws
 * {@link StateInterruptedException} has left the flag set; otherwise the flag is kept
 * until the worker has seen it. Its own thread calls everything but what
 * {@link #interrupt} needs.
 */
abstract class InterruptedWorker implements Callable<Void> {

    final SplittableRandom random;

    private final AtomicBoolean finished;

    private final AtomicBoolean pending = new AtomicBoolean(); // an interrupt that was
                                                               // not noticed yet

    private final Map<String, Integer> kindsRefused = new HashMap<>();

    private volatile @Nullable Thread thread;

    private long calls;

    private long refused;

    /**
     * Creates a worker.
     * @param random chooses what it calls
     * @param finished says when it is to stop
     */
    InterruptedWorker(SplittableRandom random, AtomicBoolean finished) {
        this.random = random;
        this.finished = finished;
    }

    /** Chooses the next call, and says what it is. */
    abstract String nextKind();

    /** Makes a call; what it throws was not done. */
    abstract void callOnce(String kind);

    /** Compares everything with what was done. */
    abstract void checkAll();

    @Override
    public final Void call() {
        this.thread = Thread.currentThread();
        while (!this.finished.get()) {
            String kind = nextKind();
            this.calls++;
            try {
                callOnce(kind);
            }
            catch (StateInterruptedException ex) {
                assertThat(Thread.currentThread().isInterrupted()).as("the flag after %s", ex).isTrue();
                this.refused++;
                this.kindsRefused.merge(kind, 1, Integer::sum);
            }
            if (Thread.interrupted()) {
                this.pending.set(false);
            }
        }
        assertThat(this.pending).as("an interrupt whose flag was lost").isFalse();
        checkAll();
        return null;
    }

    final long calls() {
        return this.calls;
    }

    final long refused() {
        return this.refused;
    }

    static Map<String, Integer> kindsRefused(List<? extends InterruptedWorker> workers) {
        Map<String, Integer> kinds = new HashMap<>();
        for (InterruptedWorker worker : workers) {
            worker.kindsRefused.forEach((kind, count) -> kinds.merge(kind, count, Integer::sum));
        }
        return kinds;
    }

    /**
     * Interrupts workers at random, each once it has noticed the interrupt before.
     * @param workers those that may be interrupted
     * @param running all that run; nobody is interrupted any more when one has ended
     * @param interrupts how often
     */
    static void interrupt(List<? extends InterruptedWorker> workers, List<? extends Future<?>> running, int interrupts,
            SplittableRandom random) {
        for (int sent = 0; sent < interrupts;) {
            Torture.dawdle(random.nextInt(20_000));
            InterruptedWorker worker = workers.get(random.nextInt(workers.size()));
            Thread interrupted = worker.thread;
            if (interrupted != null && worker.pending.compareAndSet(false, true)) {
                interrupted.interrupt();
                sent++;
            }
            if (running.stream().anyMatch(Future::isDone)) {
                return; // it has failed, and says why
            }
        }
    }

}
