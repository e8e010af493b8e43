package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;

/**
 * A log device of which nobody waits longer than {@code device-timeout} for a listing, a
 * deletion or the note of the last version. Deletions have a thread of their own: one
 * that hangs keeps no checkpoint from completing. Writing and reading go straight
 * through; the {@link LogFlusher} and {@link DeviceReads} see to those.
 */
public final class BoundedLogDevice implements LogDevice {

    private final LogDevice device;

    private final StorageCalls calls;

    private final StorageCalls deletions;

    private final AtomicBoolean closed = new AtomicBoolean();

    private volatile boolean opened; // written once, by the opening thread

    private BoundedLogDevice(LogDevice device, StorageCalls calls, StorageCalls deletions) {
        this.device = device;
        this.calls = calls;
        this.deletions = deletions;
    }

    /**
     * Opens a device; one that is opened too late is closed again.
     * @param factory opens the device
     * @param owner who opens it, for a person to read
     * @param timeout how long it may take for an answer
     * @param nanoClock the time in nanoseconds, from any origin
     * @return the open device
     */
    public static BoundedLogDevice open(LogDeviceFactory factory, String owner, Duration timeout,
            LongSupplier nanoClock) {
        StorageCalls calls = new StorageCalls("flowstate-device", timeout, nanoClock);
        LogDevice device = calls.call("opening the log device", () -> factory.open(owner), LogDevice::close);
        return new BoundedLogDevice(device, calls, new StorageCalls("flowstate-delete", timeout, nanoClock));
    }

    /**
     * Says that the store is open: from now on the device decides how it is read.
     */
    public void opened() {
        this.opened = true;
    }

    /**
     * Until the store is open, any device is taken for one that may hang: bytes are read
     * in large pieces then, and handing them over costs little.
     */
    @Override
    public boolean mayHang() {
        return !this.opened || this.device.mayHang();
    }

    @Override
    public Collection<LogSegment> segments() {
        return this.calls.call("listing the segments of the log", this.device::segments);
    }

    @Override
    public void create(LogSegment segment) {
        this.device.create(segment);
    }

    @Override
    public void write(LogSegment segment, long position, ByteBuffer bytes) {
        this.device.write(segment, position, bytes);
    }

    @Override
    public void sync(LogSegment segment) {
        this.device.sync(segment);
    }

    @Override
    public void read(LogSegment segment, long position, ByteBuffer target) {
        this.device.read(segment, position, target);
    }

    @Override
    public long length(LogSegment segment) {
        return this.device.length(segment);
    }

    @Override
    public void delete(LogSegment segment) {
        this.deletions.run("deleting " + describe(segment), () -> this.device.delete(segment));
    }

    @Override
    public String describe(LogSegment segment) {
        return this.device.describe(segment);
    }

    @Override
    public Optional<CommittedVersion> committed() {
        return this.calls.call("reading " + describeCommitted(), this.device::committed);
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
        this.calls.run("writing " + describeCommitted(), () -> this.device.committed(note));
    }

    @Override
    public Map<String, Long> requests() {
        return this.device.requests();
    }

    /**
     * Gives the place free, at the latest when the device has answered what it was asked
     * before; a deletion is not waited for.
     * @throws io.flowstate.storage.StorageUnavailableException if it has not in time
     */
    @Override
    public void close() {
        if (this.closed.compareAndSet(false, true)) {
            this.deletions.close();
            this.calls.callLast("giving the log device free", this.device::close);
        }
    }

}
