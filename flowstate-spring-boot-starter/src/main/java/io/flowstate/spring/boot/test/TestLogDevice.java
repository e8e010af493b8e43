package io.flowstate.spring.boot.test;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

import io.flowstate.spring.boot.test.TestStorage.Point;
import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;

/** A log device of a {@link TestStorage}. */
final class TestLogDevice implements LogDevice {

    private final TestStorage faults;

    private final LogDevice device;

    TestLogDevice(TestStorage faults, LogDevice device) {
        this.faults = faults;
        this.device = device;
    }

    @Override
    public Collection<LogSegment> segments() {
        this.faults.checkRunning();
        return this.device.segments();
    }

    @Override
    public void create(LogSegment segment) {
        this.faults.checkRunning();
        this.device.create(segment);
    }

    @Override
    public void write(LogSegment segment, long position, ByteBuffer bytes) {
        this.faults.before(Point.WRITE);
        this.device.write(segment, position, bytes);
    }

    @Override
    public void sync(LogSegment segment) {
        this.faults.before(Point.SYNC);
        this.device.sync(segment);
    }

    @Override
    public void read(LogSegment segment, long position, ByteBuffer target) {
        this.faults.before(Point.READ);
        this.device.read(segment, position, target);
    }

    @Override
    public long length(LogSegment segment) {
        this.faults.checkRunning();
        return this.device.length(segment);
    }

    @Override
    public void delete(LogSegment segment) {
        this.faults.checkRunning();
        this.device.delete(segment);
    }

    @Override
    public String describe(LogSegment segment) {
        return this.device.describe(segment);
    }

    @Override
    public Optional<CommittedVersion> committed() {
        this.faults.checkRunning();
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
        this.faults.checkRunning();
        this.device.committed(note);
    }

    @Override
    public Map<String, Long> requests() {
        return this.device.requests();
    }

    @Override
    public void close() {
        this.device.close();
    }

}
