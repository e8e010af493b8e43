package io.flowstate.testing;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.FaultPlan.Length;
import io.flowstate.testing.FaultPlan.Outcome;

/**
 * Opens log devices that fail, write too little, fill up, stop answering or stop for good
 * when a test says so, and count what is asked of them. Faults and counts go for all
 * devices opened here.
 *
 * <pre>
 *   FaultyLogDevices devices = new FaultyLogDevices(LogDeviceFactory.inMemory());
 *   Storage storage = Storage.of(devices, checkpointManager);
 *   ...                                              // open a store, fill it
 *   try (Hold hold = devices.hold(DeviceCall.READ, 3)) {
 *       ...                                          // the third read from here does not come back
 *   }                                                // now it does
 *   devices.failRandomly(seed, 0.01);                // and now every hundredth call fails
 * </pre>
 *
 * <p>
 * A call that fails does nothing, and throws {@link StorageUnavailableException}. Once a
 * write or sync of a segment has failed, a store must not write to or sync that segment
 * again; {@link #usedAgain()} names those of which it was tried.
 */
public final class FaultyLogDevices extends Faults<DeviceCall> implements LogDeviceFactory {

    private final LogDeviceFactory factory;

    private final AtomicLong bytesWritten = new AtomicLong();

    private final AtomicLong bytesRead = new AtomicLong();

    private final AtomicBoolean full = new AtomicBoolean();

    private final Set<LogSegment> failed = ConcurrentHashMap.newKeySet();

    private final Set<LogSegment> usedAgain = ConcurrentHashMap.newKeySet();

    /**
     * Creates a factory of devices without any fault yet.
     * @param factory opens the devices that do the work
     */
    public FaultyLogDevices(LogDeviceFactory factory) {
        super(DeviceCall.class);
        this.factory = factory;
    }

    @Override
    public LogDevice open(String owner) {
        return new FaultyLogDevice(this.factory.open(owner));
    }

    @Override
    public void setAside(String owner) {
        this.factory.setAside(owner);
    }

    /**
     * Fails one write after it has written half of its bytes.
     * @param nth which write, 1 being the next
     */
    public void tearWrite(long nth) {
        plan().add(DeviceCall.WRITE, nth, Length.ONCE, Outcome.HALF_DONE);
    }

    /**
     * Fails one read after it has filled half of the buffer.
     * @param nth which read, 1 being the next
     */
    public void shortenRead(long nth) {
        plan().add(DeviceCall.READ, nth, Length.ONCE, Outcome.HALF_DONE);
    }

    /**
     * Refuses every write with {@link StorageFullException}, until {@link #heal()}.
     */
    public void fill() {
        this.full.set(true);
    }

    /**
     * Takes back all faults that were not met yet, and gives room. What was stopped for
     * good stays so.
     */
    @Override
    public void heal() {
        plan().clear();
        this.full.set(false);
    }

    /**
     * The segments that were to be written or synced after a write or sync of them had
     * failed. A sound store has none.
     * @return a snapshot
     */
    public Set<LogSegment> usedAgain() {
        return Set.copyOf(this.usedAgain);
    }

    /**
     * How many bytes were written.
     * @return the count
     */
    public long bytesWritten() {
        return this.bytesWritten.get();
    }

    /**
     * How many bytes were read.
     * @return the count
     */
    public long bytesRead() {
        return this.bytesRead.get();
    }

    private final class FaultyLogDevice implements LogDevice {

        private final LogDevice device;

        private FaultyLogDevice(LogDevice device) {
            this.device = device;
        }

        /** Counts a call; tells whether it does only half of what it should. */
        private boolean enter(DeviceCall kind) {
            Outcome outcome = plan().take(kind);
            if (outcome == Outcome.FAILED) {
                throw new StorageUnavailableException(kind + " was made to fail");
            }
            return outcome == Outcome.HALF_DONE;
        }

        /** Does what changes a segment, and notes whether it failed. */
        private void change(LogSegment segment, Runnable action) {
            if (FaultyLogDevices.this.failed.contains(segment)) {
                FaultyLogDevices.this.usedAgain.add(segment);
            }
            try {
                action.run();
            }
            catch (RuntimeException ex) {
                FaultyLogDevices.this.failed.add(segment);
                throw ex;
            }
        }

        @Override
        public Collection<LogSegment> segments() {
            enter(DeviceCall.SEGMENTS);
            return this.device.segments();
        }

        @Override
        public void create(LogSegment segment) {
            enter(DeviceCall.CREATE);
            this.device.create(segment);
        }

        @Override
        public void write(LogSegment segment, long position, ByteBuffer bytes) {
            change(segment, () -> {
                boolean torn = enter(DeviceCall.WRITE);
                if (FaultyLogDevices.this.full.get()) {
                    throw new StorageFullException("the device was made full");
                }
                int count = torn ? bytes.remaining() / 2 : bytes.remaining();
                this.device.write(segment, position, torn ? bytes.slice(bytes.position(), count) : bytes);
                FaultyLogDevices.this.bytesWritten.addAndGet(count);
                if (torn) {
                    throw new StorageUnavailableException("a write was torn");
                }
            });
        }

        @Override
        public void sync(LogSegment segment) {
            change(segment, () -> {
                enter(DeviceCall.SYNC);
                this.device.sync(segment);
            });
        }

        @Override
        public void read(LogSegment segment, long position, ByteBuffer target) {
            int limit = target.limit();
            int count = target.remaining();
            if (enter(DeviceCall.READ)) {
                this.device.read(segment, position, target.limit(limit - count / 2));
                target.limit(limit);
                throw new StorageUnavailableException("a read ended early");
            }
            this.device.read(segment, position, target);
            FaultyLogDevices.this.bytesRead.addAndGet(count);
        }

        @Override
        public long length(LogSegment segment) {
            enter(DeviceCall.LENGTH);
            return this.device.length(segment);
        }

        @Override
        public void delete(LogSegment segment) {
            enter(DeviceCall.DELETE);
            this.device.delete(segment);
            FaultyLogDevices.this.failed.remove(segment);
        }

        @Override
        public String describe(LogSegment segment) {
            return this.device.describe(segment);
        }

        @Override
        public Optional<CommittedVersion> committed() {
            enter(DeviceCall.COMMITTED);
            return this.device.committed();
        }

        @Override
        public boolean notesCommitted() {
            return this.device.notesCommitted();
        }

        @Override
        public Map<String, Long> requests() {
            return this.device.requests();
        }

        @Override
        public String describeCommitted() {
            return this.device.describeCommitted();
        }

        @Override
        public void committed(CommittedVersion note) {
            enter(DeviceCall.NOTE_COMMITTED);
            this.device.committed(note);
        }

        @Override
        public void close() {
            this.device.close();
        }

    }

}
