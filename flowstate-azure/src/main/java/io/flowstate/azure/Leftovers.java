package io.flowstate.azure;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects that were there when the place was opened, and when they were written. One that
 * is younger than the grace period may still be read by a writer that does not know yet
 * that it was overtaken, so its deletion is put off until it is old enough. What cannot
 * be deleted then is in the listing of the next opening.
 *
 * <p>
 * Threads: a daemon deletes what was put off, and exists only while there is something;
 * all else by any thread.
 */
final class Leftovers implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(Leftovers.class);

    private final BlobPlace place;

    private final PlaceLock lock;

    private final long graceMillis;

    private final LongSupplier clockMillis;

    private final Map<ObjectName, Long> writtenAtMillis = new ConcurrentHashMap<>();

    private final DelayQueue<PutOff> putOff = new DelayQueue<>();

    private boolean closed; // guarded by this

    private @Nullable Thread thread; // guarded by this

    Leftovers(BlobPlace place, PlaceLock lock, Duration grace, LongSupplier clockMillis) {
        this.place = place;
        this.lock = lock;
        this.graceMillis = grace.toMillis();
        this.clockMillis = clockMillis;
    }

    /** Notes an object that was listed at the opening. */
    void found(ObjectName object, long writtenAt) {
        this.writtenAtMillis.put(object, writtenAt);
    }

    /**
     * Puts off the deletion of an object that is too young.
     * @param object any object
     * @return false if it can be deleted now
     */
    boolean putOff(ObjectName object) {
        Long writtenAt = this.writtenAtMillis.remove(object);
        if (writtenAt == null || this.clockMillis.getAsLong() - writtenAt >= this.graceMillis) {
            return false;
        }
        this.putOff.add(new PutOff(object, writtenAt + this.graceMillis, this.clockMillis));
        synchronized (this) {
            if (this.thread == null && !this.closed) {
                this.thread = new Thread(this::deleteAll, "flowstate-azure-leftovers");
                this.thread.setDaemon(true);
                this.thread.start();
            }
        }
        return true;
    }

    private void deleteAll() {
        try {
            while (isNeeded()) {
                delete(this.putOff.take().object());
            }
        }
        catch (InterruptedException ex) {
            // What is left is listed by the next opening.
            logger.debug("{} is closed", this.place, ex);
        }
    }

    private synchronized boolean isNeeded() {
        if (this.closed || this.putOff.isEmpty()) {
            this.thread = null;
            return false;
        }
        return true;
    }

    private void delete(ObjectName object) {
        String name = BlobPlace.LOG + object.path();
        try {
            this.lock.confirmHeld();
            this.place.delete(name);
        }
        catch (RuntimeException | Error ex) {
            logger.warn("{}, which an earlier writer has left, could not be deleted; the next opening tries again: {}",
                    this.place.describe(name), ex.toString());
        }
    }

    /** Puts off what is left until the next opening. Waits for nothing. */
    @Override
    public synchronized void close() {
        this.closed = true;
        if (this.thread != null) {
            this.thread.interrupt();
        }
    }

    private record PutOff(ObjectName object, long dueMillis, LongSupplier clockMillis) implements Delayed {

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(this.dueMillis - this.clockMillis.getAsLong(), TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }

    }

}
