package io.flowstate.testing;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;

/**
 * Opens log devices that fail, fill up or stop answering when a test says so, and count
 * what is asked of them. Faults and counts go for all devices opened here.
 *
 * <p>
 * A call that fails does nothing, and throws {@link StorageUnavailableException}.
 */
public final class FaultyLogDevices implements LogDeviceFactory {

    private final LogDeviceFactory factory;

    private final FaultPlan<DeviceCall> plan = new FaultPlan<>(DeviceCall.class);

    private final AtomicLong bytesWritten = new AtomicLong();

    private final AtomicLong bytesRead = new AtomicLong();

    private final AtomicBoolean full = new AtomicBoolean();

    /**
     * Creates a factory of devices without any fault yet.
     * @param factory opens the devices that do the work
     */
    public FaultyLogDevices(LogDeviceFactory factory) {
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
     * Fails one call of any kind.
     * @param nth which one, 1 being the next
     */
    public void failCall(long nth) {
        this.plan.add(null, nth, false);
    }

    /**
     * Fails one call of a kind.
     * @param kind which kind
     * @param nth which one of that kind, 1 being the next
     */
    public void failCall(DeviceCall kind, long nth) {
        this.plan.add(kind, nth, false);
    }

    /**
     * Fails every call of a kind from some point on, until {@link #heal()}.
     * @param kind which kind
     * @param nth the first of that kind to fail, 1 being the next
     */
    public void failFrom(DeviceCall kind, long nth) {
        this.plan.add(kind, nth, true);
    }

    /**
     * Refuses every write with {@link StorageFullException}, until {@link #heal()}.
     */
    public void fill() {
        this.full.set(true);
    }

    /**
     * Takes back all faults that were not met yet, and gives room.
     */
    public void heal() {
        this.plan.clear();
        this.full.set(false);
    }

    /**
     * Stops all calls of a kind until the test lets go.
     * @param kind which kind
     * @return lets go when it is closed
     */
    public Hold hold(DeviceCall kind) {
        return this.plan.hold(kind);
    }

    /**
     * How many calls there were, failed ones included.
     * @return the count
     */
    public long calls() {
        return this.plan.count(null);
    }

    /**
     * How many calls of a kind there were, failed ones included.
     * @param kind which kind
     * @return the count
     */
    public long calls(DeviceCall kind) {
        return this.plan.count(kind);
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

        private void enter(DeviceCall kind) {
            if (FaultyLogDevices.this.plan.fails(kind)) {
                throw new StorageUnavailableException(kind + " was made to fail");
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
            enter(DeviceCall.WRITE);
            if (FaultyLogDevices.this.full.get()) {
                throw new StorageFullException("the device was made full");
            }
            int count = bytes.remaining();
            this.device.write(segment, position, bytes);
            FaultyLogDevices.this.bytesWritten.addAndGet(count);
        }

        @Override
        public void sync(LogSegment segment) {
            enter(DeviceCall.SYNC);
            this.device.sync(segment);
        }

        @Override
        public void read(LogSegment segment, long position, ByteBuffer target) {
            enter(DeviceCall.READ);
            int count = target.remaining();
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
