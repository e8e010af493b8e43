package io.flowstate.spring.boot.test;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Optional;

import io.flowstate.spring.boot.test.TestStorage.Point;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.Manifest;

/** The checkpoint manager of a {@link TestStorage}. */
final class TestCheckpointManager implements CheckpointManager {

    private final TestStorage faults;

    private final CheckpointManager manager;

    TestCheckpointManager(TestStorage faults, CheckpointManager manager) {
        this.faults = faults;
        this.manager = manager;
    }

    @Override
    public Optional<Manifest> open(String owner) {
        this.faults.checkRunning();
        return this.manager.open(owner);
    }

    @Override
    public void commit(Manifest manifest) {
        this.faults.before(Point.COMMIT);
        this.manager.commit(manifest);
    }

    @Override
    public void write(String name, ByteBuffer content) {
        this.faults.checkRunning();
        this.manager.write(name, content);
    }

    @Override
    public ByteBuffer read(String name, int length) {
        this.faults.checkRunning();
        return this.manager.read(name, length);
    }

    @Override
    public void delete(String name) {
        this.faults.checkRunning();
        this.manager.delete(name);
    }

    @Override
    public Collection<String> names() {
        this.faults.checkRunning();
        return this.manager.names();
    }

    @Override
    public String describe(String name) {
        return this.manager.describe(name);
    }

    @Override
    public String describeManifest() {
        return this.manager.describeManifest();
    }

    @Override
    public boolean durable() {
        return this.manager.durable();
    }

    @Override
    public void setAside(String owner) {
        this.faults.checkRunning();
        this.manager.setAside(owner);
    }

    @Override
    public void close() {
        this.manager.close();
    }

}
