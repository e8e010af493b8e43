package io.flowstate.spring.boot.test;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageUnavailableException;

/**
 * A storage that a test can fail, hold or stop at a chosen point, to see what the
 * application makes of it. Thread-safe.
 *
 * <pre>
 *   storage.fail(Point.COMMIT);         // checkpoints fail
 *   ...
 *   storage.heal();                     // and succeed again
 *
 *   storage.stopAfter(Point.WRITE, 3);  // the third write from here, and all that comes after it, never happens
 *   ...
 *   storage.restart();                  // what opens the store now finds what had become durable
 * </pre>
 */
public final class TestStorage {

    private final Storage storage;

    private final Map<Point, CountDownLatch> held = new EnumMap<>(Point.class); // guarded
                                                                                // by this

    private final Map<Point, Integer> failing = new EnumMap<>(Point.class); // calls still
                                                                            // to fail;
                                                                            // guarded by
                                                                            // this

    private final Map<Point, Integer> stopping = new EnumMap<>(Point.class); // calls
                                                                             // still to
                                                                             // succeed;
                                                                             // guarded by
                                                                             // this

    private boolean stopped; // guarded by this

    private TestStorage(Storage storage) {
        this.storage = Storage.of(new TestLogDeviceFactory(this, storage.logDeviceFactory()),
                new TestCheckpointManager(this, storage.checkpointManager()));
    }

    /**
     * A storage that works until the test says otherwise.
     * @param storage where the bytes go
     * @return the storage
     */
    public static TestStorage of(Storage storage) {
        return new TestStorage(storage);
    }

    /**
     * A storage in a directory.
     * @param directory created if it is missing
     * @return the storage
     */
    public static TestStorage in(Path directory) {
        return of(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")));
    }

    /** What a state manager is opened with. */
    public Storage storage() {
        return this.storage;
    }

    /**
     * Lets each call at a point fail with {@link StorageUnavailableException}, until
     * {@link #heal()}.
     * @param point where
     */
    public void fail(Point point) {
        failNext(point, Integer.MAX_VALUE);
    }

    /**
     * Lets the next calls at a point fail with {@link StorageUnavailableException}.
     * @param point where
     * @param calls how many
     */
    public synchronized void failNext(Point point, int calls) {
        this.failing.put(point, calls);
    }

    /**
     * Lets calls at a point wait until {@link #heal()} or {@link #stop()}, or until the
     * caller gives up after {@code device-timeout}.
     * @param point where
     */
    public synchronized void hold(Point point) {
        this.held.computeIfAbsent(point, (absent) -> new CountDownLatch(1));
    }

    /**
     * Stops the storage for the store that has it open, as if the machine had died:
     * nothing of what it asks for happens any more, nor what is being held.
     */
    public synchronized void stop() {
        this.stopped = true;
        release();
    }

    /**
     * Stops the storage, as {@link #stop()} does, at a call to come.
     * @param point where
     * @param calls the number of that call from now on, 1 for the next; it does not
     * happen
     */
    public synchronized void stopAfter(Point point, int calls) {
        if (calls < 1) {
            throw new IllegalArgumentException("the number of a call must be at least 1, but was " + calls);
        }
        this.stopping.put(point, calls - 1);
    }

    /** Whether the storage has stopped. */
    public synchronized boolean isStopped() {
        return this.stopped;
    }

    /** Takes back what {@link #fail}, {@link #failNext} and {@link #hold} have said. */
    public synchronized void heal() {
        this.failing.clear();
        release();
    }

    private void release() {
        this.held.values().forEach(CountDownLatch::countDown);
        this.held.clear();
    }

    /**
     * Lets the storage be opened again after it has stopped. Close the state manager that
     * had it open first.
     */
    public synchronized void restart() {
        heal();
        this.stopping.clear();
        this.stopped = false;
    }

    /** To be called before each call of the storage. */
    void before(Point point) {
        CountDownLatch wait;
        synchronized (this) {
            checkRunning();
            Integer left = this.stopping.computeIfPresent(point, (key, calls) -> calls - 1);
            if (left != null && left < 0) {
                stop();
                checkRunning();
            }
            Integer failures = this.failing.get(point);
            if (failures != null && failures > 0) {
                this.failing.put(point, failures - 1);
                throw new StorageUnavailableException("the test made this " + point + " fail");
            }
            wait = this.held.get(point);
        }
        if (wait != null) {
            await(wait);
            synchronized (this) {
                checkRunning();
            }
        }
    }

    synchronized void checkRunning() {
        if (this.stopped) {
            throw new StorageUnavailableException("the test has stopped the storage");
        }
    }

    private static void await(CountDownLatch wait) {
        boolean interrupted = false;
        while (true) {
            try {
                wait.await();
                break;
            }
            catch (InterruptedException ex) {
                interrupted = true; // no call of a storage reacts to one
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A point at which a storage can be stopped or failed. */
    public enum Point {

        /** Bytes of a log are written. */
        WRITE,

        /** What was written to a log is made durable. */
        SYNC,

        /** Bytes of a log are read. */
        READ,

        /** A checkpoint becomes durable. */
        COMMIT

    }

}
