package io.flowstate.samples.orders;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Reads the stream on a thread of its own, from the position in the newest checkpoint on.
 */
final class OrderReader implements SmartLifecycle {

    /** What it is doing. */
    enum Status {

        READING, DONE, STOPPED, FAILED

    }

    private static final Logger logger = LoggerFactory.getLogger(OrderReader.class);

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final OrderBook book;

    private final OrdersProperties properties;

    private final LongSupplier nanoTime;

    private final long recoveredPosition;

    private final @Nullable Long recoveredCheckpoint;

    private volatile CountDownLatch stopRequested = new CountDownLatch(1); // written by
                                                                           // start

    private volatile @Nullable Thread thread; // written by start and stop

    private volatile Status status = Status.STOPPED; // written by the reading thread

    OrderReader(OrderBook book, OrdersProperties properties, LongSupplier nanoTime) {
        this.book = book;
        this.properties = properties;
        this.nanoTime = nanoTime;
        this.recoveredPosition = book.position();
        this.recoveredCheckpoint = book.checkpointVersion();
        if (this.recoveredCheckpoint != null) {
            logger.info("recovered checkpoint {}: {} orders", this.recoveredCheckpoint, this.recoveredPosition);
        }
        else {
            logger.info("no checkpoint yet: reading from the first order on");
        }
    }

    Progress progress() {
        return new Progress(this.status, this.book.position(), this.properties.count(), this.book.checkpointVersion(),
                this.recoveredPosition, this.recoveredCheckpoint);
    }

    @Override
    public synchronized void start() {
        if (this.thread != null) {
            return;
        }
        this.stopRequested = new CountDownLatch(1);
        this.status = Status.READING;
        Thread thread = new Thread(this::run, "order-reader");
        this.thread = thread;
        thread.start();
    }

    @Override
    public synchronized void stop() {
        Thread thread = this.thread;
        if (thread == null) {
            return;
        }
        this.stopRequested.countDown();
        try {
            thread.join();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        this.thread = null;
    }

    @Override
    public boolean isRunning() {
        return this.thread != null;
    }

    private void run() {
        try {
            boolean all = read();
            if (all) {
                logger.info("all orders are in checkpoint {}", this.book.checkpoint());
            }
            this.status = all ? Status.DONE : Status.STOPPED;
        }
        catch (InterruptedException | RuntimeException ex) {
            this.status = Status.FAILED;
            logger.error("reading failed after {} orders", this.book.position(), ex);
        }
    }

    /**
     * Reads until the end, or until it is told to stop.
     * @return whether it was the end
     */
    private boolean read() throws InterruptedException {
        long started = this.nanoTime.getAsLong();
        long reportedAt = started;
        long first = this.book.position();
        for (long number = first; number < this.properties.count(); number++) {
            long due = (this.properties.rate() > 0) ? (number - first) * NANOS_PER_SECOND / this.properties.rate() : 0;
            long now = this.nanoTime.getAsLong();
            if (this.stopRequested.await(due - (now - started), TimeUnit.NANOSECONDS)) {
                return false;
            }
            this.book.add(Order.read(number));
            if (now - reportedAt >= NANOS_PER_SECOND) {
                reportedAt = now;
                logger.info("{} of {} orders, last checkpoint {}", number + 1, this.properties.count(),
                        this.book.checkpointVersion());
            }
        }
        return true;
    }

    /**
     * How far the reading has come.
     *
     * @param status what it is doing
     * @param orders how many orders have been read
     * @param count how many there are
     * @param lastCheckpoint version of the newest checkpoint, if there is one
     * @param recoveredOrders how many of the orders the start has found in the state
     * @param recoveredCheckpoint version of the checkpoint that the start has found, if
     * any
     */
    record Progress(Status status, long orders, long count, @Nullable Long lastCheckpoint, long recoveredOrders,
            @Nullable Long recoveredCheckpoint) {
    }

}
