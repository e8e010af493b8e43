package io.flowstate.azure;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.flowstate.storage.StateException;
import io.flowstate.storage.StorageUnavailableException;

/**
 * Sends requests to the service: counts them, gives each try its time, and tries again
 * what may pass, with growing pauses that vary, or as long as the service asks for, until
 * the deadline. Refused credentials and failed conditions are not tried again.
 *
 * <p>
 * Each try is made by a thread of its own, which is left behind if it does not end in
 * time, whatever the client under it does. So no call lasts longer than the deadline, and
 * none reacts to an interrupt. Thread-safe.
 */
final class BlobRequests {

    private static final Logger logger = LoggerFactory.getLogger(BlobRequests.class);

    private static final int MAX_THREADS = 256;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Duration tryTimeout;

    private final int maxTries;

    private final Duration deadline;

    private final LongSupplier nanoClock;

    private final RandomGenerator random;

    private final RequestCounts counts = new RequestCounts();

    private final ThreadPoolExecutor threads;

    BlobRequests(AzureSettings settings, LongSupplier nanoClock, RandomGenerator random) {
        this.tryTimeout = settings.tryTimeout();
        this.maxTries = settings.maxTries();
        this.deadline = settings.deadline();
        this.nanoClock = nanoClock;
        this.random = random;
        AtomicInteger names = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(0, MAX_THREADS, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), (task) -> {
            Thread thread = new Thread(null, task, "flowstate-azure-" + names.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            return thread;
        });
    }

    RequestCounts counts() {
        return this.counts;
    }

    long now() {
        return this.nanoClock.getAsLong();
    }

    /** Which try of a call this is. */
    record Try(int number) {

        /** Whether an earlier one failed so that it may have taken effect. */
        boolean mayHaveTakenEffect() {
            return this.number > 1;
        }

    }

    /** What to send, through the SDK. */
    @FunctionalInterface
    interface Request<T> {

        T send(Try attempt);

    }

    /**
     * Sends a request and waits for the answer.
     * @param kind what it counts as
     * @param attempted what it does, as in "write"
     * @param resource the URL of the blob or container
     * @param request the request; sent again as often as needed
     * @return the answer
     */
    <T> T call(RequestKind kind, String attempted, String resource, Request<T> request) {
        return call(kind, attempted, resource, request, this.maxTries);
    }

    /** The same, but sent once only. */
    <T> T once(RequestKind kind, String attempted, String resource, Request<T> request) {
        return call(kind, attempted, resource, request, 1);
    }

    private <T> T call(RequestKind kind, String attempted, String resource, Request<T> request, int tries) {
        long start = now();
        for (int number = 1;; number++) {
            long left = this.deadline.toNanos() - (now() - start);
            this.counts.add(kind);
            try {
                return attempt(request, new Try(number), Math.min(left, this.tryTimeout.toNanos()));
            }
            catch (Failed ex) {
                Throwable failure = ex.getCause();
                long pause = pauseNanos(number, failure);
                boolean again = BlobErrors.mayPass(failure) && number < tries
                        && now() - start + pause < this.deadline.toNanos();
                if (!again) {
                    throw BlobErrors.of(attempted, resource, failure, tried(number, start));
                }
                logger.debug("{} {} is tried again in {} ms", attempted, resource, pause / 1_000_000);
                pause(pause);
            }
        }
    }

    private String tried(int number, long start) {
        return (number == 1) ? ""
                : " in " + number + " tries and " + Duration.ofNanos(now() - start).toMillis() + " ms";
    }

    private <T> T attempt(Request<T> request, Try attempt, long timeoutNanos) throws Failed {
        Future<T> answer;
        try {
            answer = this.threads.submit(() -> request.send(attempt));
        }
        catch (RejectedExecutionException | OutOfMemoryError ex) {
            throw new StorageUnavailableException("no thread is free for a request, of " + MAX_THREADS, ex);
        }
        boolean interrupted = false;
        long end = now() + timeoutNanos;
        try {
            while (true) {
                try {
                    return answer.get(Math.max(1, end - now()), TimeUnit.NANOSECONDS);
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        catch (TimeoutException ex) {
            answer.cancel(true);
            throw new Failed(new TimeoutException(
                    "no answer for " + Duration.ofNanos(timeoutNanos).toMillis() + " ms (try-timeout, deadline)"));
        }
        catch (ExecutionException ex) {
            Throwable cause = ex.getCause();
            if (cause instanceof Error error) {
                throw error;
            }
            if (cause instanceof StateException decided) {
                throw decided;
            }
            throw new Failed((cause != null) ? cause : ex);
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long pauseNanos(int number, Throwable failure) {
        long longest = Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(number - 1, 10));
        long ours = longest / 2 + this.random.nextLong(longest / 2);
        return Math.max(ours, BlobErrors.retryAfter(failure).toNanos());
    }

    /** Waits, whether or not the thread is interrupted. */
    void pause(long nanos) {
        boolean interrupted = false;
        long end = now() + nanos;
        for (long left = nanos; left > 0; left = end - now()) {
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the SDK has thrown in one try. */
    private static final class Failed extends Exception {

        private static final long serialVersionUID = 1L;

        private final Throwable failure;

        Failed(Throwable failure) {
            super(null, failure, false, false);
            this.failure = failure;
        }

        @Override
        public synchronized Throwable getCause() {
            return this.failure;
        }

    }

}
