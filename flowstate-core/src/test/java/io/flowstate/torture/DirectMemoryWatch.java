package io.flowstate.torture;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks every few milliseconds at the direct memory that the JVM has given since the
 * watch began.
 */
final class DirectMemoryWatch {

    private static final long PERIOD_MILLIS = 5;

    private static final int COLLECTIONS = 100;

    private final BufferPoolMXBean pool = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
        .stream()
        .filter((bean) -> bean.getName().equals("direct"))
        .findFirst()
        .orElseThrow();

    private final long before = this.pool.getMemoryUsed();

    private final AtomicLong most = new AtomicLong();

    private DirectMemoryWatch() {
    }

    static DirectMemoryWatch start() {
        DirectMemoryWatch watch = new DirectMemoryWatch();
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor((task) -> {
            Thread daemon = new Thread(task, "direct-memory-watch");
            daemon.setDaemon(true);
            return daemon;
        });
        ScheduledFuture<?> looks = thread.scheduleAtFixedRate(watch::usedBytes, 0, PERIOD_MILLIS,
                TimeUnit.MILLISECONDS);
        assert !looks.isDone();
        return watch;
    }

    /** The bytes in use now that were not when the watch began. */
    long usedBytes() {
        long used = this.pool.getMemoryUsed() - this.before;
        this.most.accumulateAndGet(used, Math::max);
        return used;
    }

    /**
     * Lets the garbage collector find what a closed store had: only then does memory go
     * back to the JVM.
     */
    void awaitGivenBack() {
        for (int i = 0; i < COLLECTIONS && usedBytes() > 0; i++) {
            System.gc();
        }
    }

    /** The most bytes that were in use at any look. */
    long mostBytes() {
        return this.most.get();
    }

}
