package io.flowstate.spring.boot.test;

import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;

/** Opens the log devices of a {@link TestStorage}. */
final class TestLogDeviceFactory implements LogDeviceFactory {

    private final TestStorage faults;

    private final LogDeviceFactory factory;

    TestLogDeviceFactory(TestStorage faults, LogDeviceFactory factory) {
        this.faults = faults;
        this.factory = factory;
    }

    @Override
    public LogDevice open(String owner) {
        this.faults.checkRunning();
        return new TestLogDevice(this.faults, this.factory.open(owner));
    }

    @Override
    public void setAside(String owner) {
        this.faults.checkRunning();
        this.factory.setAside(owner);
    }

}
