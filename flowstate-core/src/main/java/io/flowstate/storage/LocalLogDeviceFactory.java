package io.flowstate.storage;

import java.nio.file.Path;

/**
 * Opens the log device of one directory.
 */
final class LocalLogDeviceFactory implements LogDeviceFactory {

    private final LocalFiles files;

    private final Path directory;

    LocalLogDeviceFactory(LocalFiles files, Path directory) {
        this.files = files;
        this.directory = directory.toAbsolutePath();
    }

    @Override
    public LogDevice open(String owner) {
        return LocalLogDevice.open(this.files, this.directory, owner);
    }

    @Override
    public void setAside(String owner) {
        SetAside.move(this.files, this.directory, owner,
                (name) -> LocalLogDevice.isSegment(name) || CommittedNote.isNote(name));
    }

}
