package io.flowstate.internal.hybridlog;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes calls of a medium, one after the other, on a thread that can be left behind: who
 * waits for one gives up after {@code device-timeout}. For calls that are rare, and those
 * of a modified-page file that may hang; what reads a log is made by {@link DeviceReads}.
 *
 * <p>
 * A call that was given up may still return. Until it does, further calls fail at once,
 * so that no two are ever under way; only the {@linkplain #callLast last} one, which
 * gives things free, is made as soon as it has returned. What it has taken is given back
 * on the spot.
 *
 * <p>
 * Threads: any. An interrupt does not end a wait; the flag is kept. The thread is started
 * when it is needed, and ends when it has been idle for {@value #KEPT_IDLE_SECONDS}
 * seconds.
 */
public final class StorageCalls implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(StorageCalls.class);

    private static final int KEPT_IDLE_SECONDS = 2;

    private final Duration timeout;

    private final LongSupplier nanoClock;

    private final ThreadPoolExecutor thread;

    private volatile long lastReturn; // by nanoClock; written by the thread

    /** The call given up last: until it returns no other is made. */
    private volatile @Nullable Call<?> overdue;

    /**
     * Creates it, without a thread yet.
     * @param threadName the name of its thread
     * @param timeout how long the medium may take for an answer
     * @param nanoClock the time in nanoseconds, from any origin
     */
    public StorageCalls(String threadName, Duration timeout, LongSupplier nanoClock) {
        this.timeout = timeout;
        this.nanoClock = nanoClock;
        this.lastReturn = nanoClock.getAsLong();
        this.thread = new ThreadPoolExecutor(1, 1, KEPT_IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                (task) -> {
                    Thread made = new Thread(null, task, threadName, 0, false);
                    made.setDaemon(true);
                    return made;
                });
        this.thread.allowCoreThreadTimeOut(true);
    }

    /**
     * Makes a call and waits until it returns.
     * @param what what it does, for messages
     * @param call the call
     * @throws StorageUnavailableException if the medium did not answer in time
     */
    public void run(String what, Runnable call) {
        Boolean returned = call(what, () -> {
            call.run();
            return true;
        });
        assert returned : what;
    }

    /**
     * Makes a call and waits until it returns.
     * @param <T> the type of its result
     * @param what what it does, for messages
     * @param call the call
     * @return its result
     * @throws StorageUnavailableException if the medium did not answer in time
     */
    public <T> T call(String what, Supplier<T> call) {
        return call(what, call, (late) -> {
        });
    }

    /**
     * Makes a call that takes something and waits until it returns.
     * @param <T> the type of its result
     * @param what what it does, for messages
     * @param call the call
     * @param giveBack what to do with the result if nobody waits for it any more
     * @return its result
     * @throws StorageUnavailableException if the medium did not answer in time
     */
    public <T> T call(String what, Supplier<T> call, Consumer<T> giveBack) {
        if (isOverdue()) {
            throw new StorageUnavailableException(what + ": " + stillOwed());
        }
        Call<T> made = new Call<>(what, call, giveBack, false);
        submit(made);
        return await(made);
    }

    /**
     * Makes a last call, after all others, which is made in any case, and lets the thread
     * end.
     * @param what what it does, for messages
     * @param call the call
     * @throws StorageUnavailableException if the medium did not answer in time, or still
     * owes an answer: the call is made then
     */
    public void callLast(String what, Runnable call) {
        boolean mustWait = isOverdue();
        Call<Boolean> made = new Call<>(what, () -> {
            call.run();
            return true;
        }, (late) -> {
        }, true);
        submit(made);
        close();
        if (mustWait) {
            throw new StorageUnavailableException(what + ": " + stillOwed() + "; done as soon as it has");
        }
        Boolean returned = await(made);
        assert returned : what;
    }

    /**
     * Lets the thread end once it has done what was asked for, and refuses further calls.
     * Waits for nothing.
     */
    @Override
    public void close() {
        this.thread.shutdown();
    }

    private boolean isOverdue() {
        Call<?> givenUp = this.overdue;
        return givenUp != null && !givenUp.returned;
    }

    private String stillOwed() {
        return "the storage has still not answered an earlier call, for which it has had " + this.timeout
                + " (device-timeout)";
    }

    private void submit(Call<?> call) {
        try {
            this.thread.execute(call);
        }
        catch (RejectedExecutionException ex) {
            throw new IllegalStateException("the state manager is closed", ex);
        }
        catch (OutOfMemoryError ex) { // no memory for its stack, or too many threads
            throw new StorageUnavailableException("no thread could be started for " + call.what, ex);
        }
    }

    private <T> T await(Call<T> call) {
        long asked = this.nanoClock.getAsLong();
        boolean interrupted = false;
        try {
            while (true) {
                long before = this.lastReturn; // it began then, or when it was asked for
                long since = (before - asked > 0) ? before : asked;
                long nanosLeft = since + this.timeout.toNanos() - this.nanoClock.getAsLong();
                if (nanosLeft <= 0 && call.answer.cancel(false)) {
                    this.overdue = call;
                    throw new StorageUnavailableException(
                            call.what + ": the storage has not answered for " + this.timeout + " (device-timeout)");
                }
                try {
                    return call.answer.get(Math.max(1, nanosLeft), TimeUnit.NANOSECONDS);
                }
                catch (TimeoutException ex) {
                    logger.trace("{} takes long", call.what, ex); // given up above
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        catch (ExecutionException ex) {
            throw again(ex);
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What the call has thrown, with who asked for it below. */
    private static RuntimeException again(ExecutionException failed) {
        Throwable cause = failed.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException thrown) {
            thrown.setStackTrace(DeviceReads.joined(thrown.getStackTrace(), new Throwable().getStackTrace()));
            return thrown;
        }
        return new IllegalStateException(failed);
    }

    /** A call on its way. */
    private final class Call<T> implements Runnable {

        private final String what;

        private final Supplier<T> call;

        private final Consumer<T> giveBack;

        private final boolean inAnyCase;

        private final CompletableFuture<T> answer = new CompletableFuture<>(); // cancelled
                                                                               // when it
                                                                               // is
                                                                               // given up

        private volatile boolean returned; // written by the thread, last of all

        Call(String what, Supplier<T> call, Consumer<T> giveBack, boolean inAnyCase) {
            this.what = what;
            this.call = call;
            this.giveBack = giveBack;
            this.inAnyCase = inAnyCase;
        }

        @Override
        public void run() {
            try {
                if (this.inAnyCase || !this.answer.isDone()) {
                    make();
                }
            }
            finally {
                StorageCalls.this.lastReturn = StorageCalls.this.nanoClock.getAsLong();
                this.returned = true;
            }
        }

        private void make() {
            try {
                T result = this.call.get();
                if (!this.answer.complete(result)) {
                    logger.warn("{}: the storage has answered, but nobody waits any more", this.what);
                    this.giveBack.accept(result);
                }
            }
            catch (Throwable ex) {
                if (!this.answer.completeExceptionally(ex)) {
                    logger.warn("{}: the storage has answered, but nobody waits any more", this.what, ex);
                }
            }
        }

    }

}
