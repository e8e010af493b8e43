package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.spring.boot.store.ApplicationStateManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * The checkpoints that nobody asks for: one at each interval, and one when the context
 * stops. All of them are taken on a thread of their own, so that stopping waits for them
 * no longer than it was told to. None is taken while the store is being recovered.
 *
 * <pre>
 *   stopped --- start: a thread, the first checkpoint after one interval ---> running
 *   running --- stop: the last checkpoint, the thread ends -----------------> stopped
 * </pre>
 */
final class ScheduledCheckpoints {

    private static final Duration SHORTEST_TIME = Duration.ofMillis(1);

    private static final Duration LONGEST_TIME = Duration.ofDays(365);

    private static final Logger logger = LoggerFactory.getLogger(ScheduledCheckpoints.class);

    private final String store;

    private final StateManager stateManager;

    private final FlowStateProperties.Checkpoint settings;

    private final Supplier<ScheduledExecutorService> threads;

    private final Clock clock;

    private @Nullable ScheduledExecutorService thread; // guarded by this

    private volatile @Nullable Failure failure; // written by the checkpoint thread only

    ScheduledCheckpoints(String store, StateManager stateManager, FlowStateProperties.Checkpoint settings,
            Supplier<ScheduledExecutorService> threads, Clock clock) {
        if (!settings.interval().isZero()) {
            checkTime("checkpoint.interval", settings.interval(), ", or 0 for none");
        }
        checkTime("checkpoint.shutdown-timeout", settings.shutdownTimeout(), "");
        this.store = store;
        this.stateManager = stateManager;
        this.settings = settings;
        this.threads = threads;
        this.clock = clock;
    }

    private static void checkTime(String property, Duration time, String exception) {
        if (time.compareTo(SHORTEST_TIME) < 0 || time.compareTo(LONGEST_TIME) > 0) {
            throw new InvalidSettingsException(
                    property + " must be 1 ms to 365 days" + exception + ", but was " + time);
        }
    }

    static ScheduledCheckpoints of(String store, StateManager stateManager, FlowStateProperties.Checkpoint settings) {
        return new ScheduledCheckpoints(store, stateManager, settings,
                () -> Executors.newSingleThreadScheduledExecutor((task) -> newThread(task, store)), Clock.systemUTC());
    }

    private static Thread newThread(Runnable task, String store) {
        Thread thread = new Thread(task, "flowstate-checkpoints-" + store);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Why the newest checkpoint taken here failed. Any thread may ask.
     * @return the failure, empty if it did not fail
     */
    Optional<Failure> failure() {
        return Optional.ofNullable(this.failure);
    }

    /** Begins to take them. */
    @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
    synchronized void start() {
        if (this.thread != null) {
            return;
        }
        this.thread = this.threads.get();
        long intervalMillis = this.settings.interval().toMillis();
        if (intervalMillis > 0) {
            this.thread.scheduleWithFixedDelay(this::checkpointAtInterval, intervalMillis, intervalMillis,
                    TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Takes the last one.
     * @return whether none is under way any more
     */
    synchronized boolean stop() {
        ScheduledExecutorService thread = this.thread;
        if (thread == null) {
            return true;
        }
        this.thread = null;
        if (this.settings.onShutdown()) {
            thread.execute(this::checkpointAtShutdown);
        }
        thread.shutdown();
        return awaitEnd(thread);
    }

    private boolean awaitEnd(ScheduledExecutorService thread) {
        boolean ended = false;
        try {
            ended = thread.awaitTermination(this.settings.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            String prefix = NamedStoreRegistrar.prefix(this.store);
            logger.warn(
                    "Store {}: Shutdown goes on without its checkpoint, which was not done within {}"
                            + " ({}.checkpoint.shutdown-timeout). The state is closed in the background, which"
                            + " still waits for a checkpoint that is being written, at most {}"
                            + " ({}.checkpoint.timeout). A restart goes on from that checkpoint if it becomes"
                            + " durable, else from the last good one; {}",
                    this.store, print(this.settings.shutdownTimeout()), prefix, print(this.settings.timeout()), prefix,
                    lastGood());
            thread.shutdownNow();
        }
        return ended;
    }

    private boolean isRecovering() {
        return this.stateManager instanceof ApplicationStateManager application
                && application.store().whileOpen().isEmpty();
    }

    private void checkpointAtInterval() {
        if (isRecovering()) {
            return;
        }
        try {
            Checkpoint checkpoint = this.stateManager.checkpoint();
            if (this.failure != null) {
                logger.info("Store {}: Checkpoints succeed again: {}", this.store, checkpoint);
            }
            this.failure = null;
        }
        catch (RuntimeException | Error ex) { // thrown on, it would end the schedule
            boolean first = this.failure == null;
            this.failure = new Failure(ex, this.clock.instant());
            if (first) {
                logger.error(
                        "Store {}: The checkpoint failed and is tried again each {}; further failures are not logged; {}",
                        this.store, print(this.settings.interval()), lastGood(), ex);
            }
        }
    }

    private void checkpointAtShutdown() {
        if (isRecovering()) {
            return; // nothing can have changed
        }
        try {
            Checkpoint checkpoint = this.stateManager.checkpoint();
            this.failure = null;
            logger.info("Store {}: Checkpoint {} was taken at shutdown", this.store, checkpoint.version());
        }
        catch (RuntimeException | Error ex) { // nobody else would log it
            this.failure = new Failure(ex, this.clock.instant());
            logger.error("Store {}: The checkpoint at shutdown failed; {}", this.store, lastGood(), ex);
        }
    }

    private static String print(Duration duration) {
        return DurationFormatterUtils.print(duration, DurationFormat.Style.COMPOSITE);
    }

    private String lastGood() {
        Checkpoint last;
        try {
            last = this.stateManager.stats().checkpoints().last();
        }
        catch (IllegalStateException ex) {
            return "the state is closed already";
        }
        return (last != null) ? "the last good checkpoint is " + last.version() + ", completed at " + last.completedAt()
                : "there is no good checkpoint yet";
    }

    /**
     * A checkpoint that failed.
     *
     * @param error why
     * @param at when
     */
    record Failure(Throwable error, Instant at) {
    }

}
