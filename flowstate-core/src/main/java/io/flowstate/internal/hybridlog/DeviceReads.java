package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.flowstate.internal.hybridlog.ReadCall.State;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a device on behalf of threads that must not hang if it does not answer: the call
 * is made by a reader thread, and who waits for it gives up after {@code device-timeout}.
 * A reader that hangs is left behind; it goes on when the device does.
 *
 * <p>
 * A call is put into a queue and given to the reader that was idle last; if there is none
 * and there are fewer than {@value #MAX_READERS}, to a new one. Readers end when they
 * have been idle for {@value #KEPT_IDLE_SECONDS} seconds.
 *
 * <p>
 * An answer is late if {@code device-timeout} has passed since the call began; for a call
 * that has not begun, since it was asked for and no other has been answered. So many
 * callers of a slow device wait for each other, but none waits for one that hangs.
 *
 * <p>
 * Handing over between threads that sleep costs more than a read of bytes that the
 * operating system has in memory. So both sides look again for some microseconds before
 * they sleep, as long as no more threads do so than there are processors.
 *
 * <p>
 * Threads: any, virtual ones included. An interrupt does not end a wait; the flag is
 * kept. Nothing is held while the device is asked.
 */
final class DeviceReads implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(DeviceReads.class);

    /** So many calls at once; more wait in the queue, in order. */
    static final int MAX_READERS = 32;

    private static final int KEPT_IDLE_SECONDS = 2;

    /** A batch is divided among so many readers at most: what a disk does at once. */
    static final int MAX_CALLS_OF_BATCH = 8;

    /** To wake a reader costs more than a few reads of what the system has in memory. */
    private static final int MIN_READS_OF_CALL = 4;

    /** How often a thread looks before it sleeps: about 10 to 20 microseconds. */
    private static final int SPINS = 400;

    private static final int MAX_SPINNING = Runtime.getRuntime().availableProcessors();

    /** Bytes that come faster are in memory, wherever: no reader would be quicker. */
    private static final long QUICK_NANOS = 30_000;

    /** One slow read of a batch may be an accident; with so many, the rest goes out. */
    private static final int SLOW_READS = 2;

    private final LogDevice device;

    private final Duration timeout;

    private final LongSupplier nanoClock;

    private final DirectReads direct;

    private final ConcurrentLinkedQueue<ReadCall> waiting = new ConcurrentLinkedQueue<>();

    /** The last to come is the first to be taken: it may be awake still. */
    private final ConcurrentLinkedDeque<Reader> idle = new ConcurrentLinkedDeque<>();

    private final AtomicInteger readers = new AtomicInteger();

    private final AtomicInteger names = new AtomicInteger();

    private final AtomicInteger spinning = new AtomicInteger();

    private volatile long lastAnswer; // by nanoClock; written by readers

    private volatile boolean closed;

    /**
     * Creates it, without a thread yet.
     * @param device the device
     * @param timeout how long it may take for an answer
     * @param nanoClock the time in nanoseconds, from any origin
     */
    DeviceReads(LogDevice device, Duration timeout, LongSupplier nanoClock) {
        this.device = device;
        this.timeout = timeout;
        this.nanoClock = nanoClock;
        this.direct = new DirectReads(device, nanoClock);
        this.lastAnswer = nanoClock.getAsLong();
    }

    /**
     * Reads until a buffer is full.
     * @param segment an existing one
     * @param position where to begin
     * @param target what to fill; after a failure never to be used again
     * @throws StorageUnavailableException if the device did not answer in time
     */
    void read(LogSegment segment, long position, ByteBuffer target) {
        if (this.direct.isPossible()) {
            this.direct.read(segment, position, target);
        }
        else {
            await(submit(new ReadCall(segment, position, target)));
        }
    }

    /**
     * Reads several places, some at once unless the device answers as quickly as memory
     * does. Waits for all, or until one fails: then those not begun are not made.
     * @param reads what to read; after a failure none of the buffers is to be used again
     */
    void readAll(List<SegmentRead> reads) {
        int made = 0;
        for (int slow = 0; slow < SLOW_READS && made < reads.size() && this.direct.isPossible(); made++) {
            long start = this.nanoClock.getAsLong();
            SegmentRange range = reads.get(made).range();
            this.direct.read(range.segment(), range.position(reads.get(made).address()), reads.get(made).target());
            slow += (this.nanoClock.getAsLong() - start < QUICK_NANOS) ? 0 : 1;
        }
        if (made < reads.size()) {
            handOver(reads.subList(made, reads.size()));
        }
    }

    private void handOver(List<SegmentRead> reads) {
        List<ReadCall> calls = new ArrayList<>(MAX_CALLS_OF_BATCH);
        Throwable failure = null;
        int share = Math.max(MIN_READS_OF_CALL, (reads.size() + MAX_CALLS_OF_BATCH - 1) / MAX_CALLS_OF_BATCH);
        try {
            for (int i = 0; i < reads.size(); i += share) {
                calls.add(submit(new ReadCall(reads.subList(i, Math.min(reads.size(), i + share)))));
            }
        }
        catch (RuntimeException ex) {
            failure = ex;
        }
        for (ReadCall call : calls) {
            try {
                if (failure == null || !giveUp(call, State.WAITING)) {
                    await(call);
                }
            }
            catch (RuntimeException | Error ex) {
                failure = (failure != null) ? failure : ex;
            }
        }
        throwIfAny(failure);
    }

    /**
     * Asks for the number of bytes in a segment.
     * @param segment an existing one
     * @return its length
     * @throws StorageUnavailableException if the device did not answer in time
     */
    long length(LogSegment segment) {
        if (!this.device.mayHang()) {
            return this.device.length(segment);
        }
        ReadCall call = submit(new ReadCall(segment, 0, null));
        await(call);
        return call.length;
    }

    private static void throwIfAny(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }

    // The side of those who ask.

    private ReadCall submit(ReadCall call) {
        if (this.closed) {
            throw new IllegalStateException("the state manager is closed");
        }
        call.submittedAt = this.nanoClock.getAsLong();
        this.waiting.add(call);
        dispatch();
        if (this.readers.get() == 0 && giveUp(call, State.WAITING)) {
            throw new StorageUnavailableException("no thread could be started to read " + describe(call));
        }
        return call;
    }

    /**
     * Brings waiting calls and readers together, as far as there are both. Whoever has
     * added to either side, or has made room for one more reader, calls this afterwards,
     * so that neither side is overlooked.
     */
    private void dispatch() {
        while (!this.waiting.isEmpty()) {
            Reader reader = this.idle.pollFirst();
            if (reader != null) {
                reader.give(this.waiting.poll());
            }
            else if (!addReader()) {
                return;
            }
        }
    }

    /**
     * Adds a reader.
     * @return false if there are enough, or no thread can be started
     */
    private boolean addReader() {
        int count = this.readers.get();
        if (count >= MAX_READERS) {
            return false;
        }
        if (!this.readers.compareAndSet(count, count + 1)) {
            return true; // someone else has: look again
        }
        ReadCall first = this.waiting.poll();
        try {
            Reader reader = new Reader(first);
            Thread thread = new Thread(null, reader, "flowstate-read-" + this.names.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            reader.thread = thread;
            thread.start();
            return true;
        }
        catch (OutOfMemoryError ex) { // no memory for its stack, or too many threads
            logger.warn("no further thread could be started to read from the log device", ex);
            if (first != null) {
                this.waiting.add(first);
            }
            this.readers.decrementAndGet();
            return false;
        }
    }

    private void await(ReadCall call) {
        if (!spin(call)) {
            park(call);
        }
        Throwable failure = call.failure;
        if (failure != null) {
            failure.setStackTrace(joined(failure.getStackTrace(), new Throwable().getStackTrace()));
            throwIfAny(failure);
        }
    }

    /** What the reader was doing, and below it who asked. */
    static StackTraceElement[] joined(StackTraceElement[] reader, StackTraceElement[] asking) {
        StackTraceElement[] all = Arrays.copyOf(reader, reader.length + asking.length);
        System.arraycopy(asking, 0, all, reader.length, asking.length);
        return all;
    }

    /** Looks for some microseconds, unless as many threads do already as is useful. */
    private boolean spin(BooleanSupplier condition) {
        int others = this.spinning.getAndIncrement();
        try {
            for (int turn = (others < MAX_SPINNING) ? 0 : SPINS; turn < SPINS; turn++) {
                if (condition.getAsBoolean()) {
                    return true;
                }
                Thread.onSpinWait();
            }
            return false;
        }
        finally {
            this.spinning.decrementAndGet();
        }
    }

    private void park(ReadCall call) {
        call.waiter = Thread.currentThread();
        boolean interrupted = false;
        try {
            while (true) {
                State state = call.state.get(); // meets the write of waiter: both sides
                                                // write, then read the other
                if (state == State.ANSWERED) {
                    return;
                }
                long nanosLeft = deadline(call, state) - this.nanoClock.getAsLong();
                if (nanosLeft > 0) {
                    LockSupport.parkNanos(this, nanosLeft);
                    interrupted |= Thread.interrupted();
                }
                else if (giveUp(call, state)) {
                    throw new StorageUnavailableException("reading " + describe(call)
                            + ": the log device has not answered for " + this.timeout + " (device-timeout)");
                }
            }
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long deadline(ReadCall call, State state) {
        long since = call.startedAt;
        if (state == State.WAITING) {
            long answered = this.lastAnswer;
            since = (answered - call.submittedAt > 0) ? answered : call.submittedAt;
        }
        return since + this.timeout.toNanos();
    }

    private boolean giveUp(ReadCall call, State state) {
        boolean given = call.state.compareAndSet(state, State.GIVEN_UP);
        if (given && state == State.WAITING) {
            this.waiting.remove(call);
        }
        return given;
    }

    private String describe(ReadCall call) {
        return this.device.describe(call.segment);
    }

    /**
     * Lets idle readers end at once, and refuses further calls. Waits for nobody.
     */
    @Override
    public void close() {
        this.closed = true;
        for (Reader reader = this.idle.pollFirst(); reader != null; reader = this.idle.pollFirst()) {
            reader.give(null);
        }
    }

    /** Asks the device, call after call. */
    private final class Reader implements Runnable, BooleanSupplier {

        private @Nullable Thread thread; // before it starts

        private @Nullable ReadCall next; // by who took this reader out of idle, before
                                         // given

        private volatile boolean given; // set by who took this reader out of idle,
                                        // cleared before it is put there

        private volatile boolean sleeping; // by the reader's thread

        Reader(@Nullable ReadCall first) {
            this.next = first;
        }

        @Override
        public void run() {
            do {
                for (ReadCall call = this.next; call != null; call = DeviceReads.this.waiting.poll()) {
                    answer(call);
                }
            }
            while (!DeviceReads.this.closed && awaitNext());
            DeviceReads.this.readers.decrementAndGet();
            dispatch();
        }

        private void answer(ReadCall call) {
            call.startedAt = DeviceReads.this.nanoClock.getAsLong();
            if (!call.state.compareAndSet(State.WAITING, State.RUNNING)) {
                return;
            }
            try {
                if (call.target != null) {
                    DeviceReads.this.device.read(call.segment, call.position, call.target);
                    readOthers(call);
                }
                else {
                    call.length = DeviceReads.this.device.length(call.segment);
                }
            }
            catch (Throwable ex) {
                call.failure = ex; // thrown by who asked
            }
            DeviceReads.this.lastAnswer = DeviceReads.this.nanoClock.getAsLong();
            if (call.state.compareAndSet(State.RUNNING, State.ANSWERED)) {
                LockSupport.unpark(call.waiter); // does nothing for null
            }
        }

        private void readOthers(ReadCall call) {
            for (SegmentRead read : call.others) {
                call.startedAt = DeviceReads.this.nanoClock.getAsLong();
                if (call.state.get() != State.RUNNING) {
                    return; // given up
                }
                SegmentRange range = read.range();
                DeviceReads.this.device.read(range.segment(), range.position(read.address()), read.target());
            }
        }

        /**
         * Waits to be given a call.
         * @return false if none came for a while
         */
        private boolean awaitNext() {
            this.given = false;
            DeviceReads.this.idle.addFirst(this);
            dispatch();
            if (spin(this)) {
                return true;
            }
            long until = DeviceReads.this.nanoClock.getAsLong() + TimeUnit.SECONDS.toNanos(KEPT_IDLE_SECONDS);
            this.sleeping = true; // meets the write of given: both sides write, then read
                                  // the other
            while (!this.given) {
                long nanosLeft = until - DeviceReads.this.nanoClock.getAsLong();
                if (nanosLeft > 0) {
                    LockSupport.parkNanos(DeviceReads.this, nanosLeft);
                }
                else if (DeviceReads.this.idle.remove(this)) {
                    return false;
                }
                else {
                    Thread.onSpinWait(); // who took it is about to give
                }
            }
            this.sleeping = false;
            return true;
        }

        /**
         * Gives a call to this reader, which the caller has taken out of idle.
         * @param call the call, null to let it look for itself
         */
        private void give(@Nullable ReadCall call) {
            this.next = call;
            this.given = true;
            if (this.sleeping) {
                LockSupport.unpark(this.thread);
            }
        }

        @Override
        public boolean getAsBoolean() {
            return this.given;
        }

    }

}
