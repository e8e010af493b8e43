package io.flowstate.storage;

import java.nio.file.Path;

/**
 * Opens log devices that live for one run: each in a {@link TemporaryDirectory} of its
 * own, which is deleted when the device is closed.
 */
final class TemporaryLogDeviceFactory implements LogDeviceFactory {

    private final LocalFiles files;

    private final Path directory;

    TemporaryLogDeviceFactory(LocalFiles files, Path directory) {
        this.files = files;
        this.directory = directory.toAbsolutePath();
    }

    @Override
    public LogDevice open(String owner) {
        TemporaryDirectory run = TemporaryDirectory.open(this.files, this.directory, owner);
        return new LocalLogDevice(run.files(), run.lock(), run::close);
    }

    @Override
    public String toString() {
        return "temporary log devices in " + this.directory;
    }

}
