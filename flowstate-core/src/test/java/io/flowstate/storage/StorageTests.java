package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Storage}.
 */
class StorageTests {

    @TempDir
    Path directory;

    @Test
    void logsAndCheckpointsLieInDifferentDirectories() {
        Path same = this.directory.resolve("same");

        assertThatIllegalArgumentException().isThrownBy(() -> Storage.local(same, same))
            .withMessageContaining(same.toString());
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Storage.local(same, this.directory.resolve("other/../same")));
        assertThatIllegalArgumentException().isThrownBy(() -> Storage.local(Path.of("a"), Path.of("./b/../a")));
    }

    @Test
    void oneDirectoryThroughALinkIsNoticed() throws Exception {
        Path real = Files.createDirectories(this.directory.resolve("real/inner"));
        Path link = Files.createSymbolicLink(this.directory.resolve("link"), real);

        assertThatIllegalArgumentException().isThrownBy(() -> Storage.local(real, link))
            .withMessageContaining(real.toString())
            .withMessageContaining(link.toString());
        assertThatIllegalArgumentException().isThrownBy(() -> Storage.local(link, real));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Storage.local(real.resolve("new/one"), link.resolve("new/two/../one")));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Storage.local(this.directory.resolve("real/other"), link.resolve("../other")));
        Storage.local(real.resolve("log"), link.resolve("checkpoints"));
        Storage.local(this.directory.resolve("other"), link.resolve("../other"));
        assertThat(real).isEmptyDirectory();
    }

    @Test
    void oneDirectoryMayLieInTheOther() {
        Storage storage = Storage.local(this.directory, this.directory.resolve("checkpoints"));

        try (LogDevice device = storage.logDeviceFactory().open("test")) {
            assertThat(storage.checkpointManager().open("test")).isEmpty();
            assertThat(device.segments()).isEmpty();
            storage.checkpointManager().close();
        }
    }

    @Test
    void makingStorageTouchesNothing() {
        Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints"));
        Storage.temporary(this.directory.resolve("temporary"));

        assertThat(this.directory).isEmptyDirectory();
    }

    @Test
    void temporaryStorageKeepsNothing() throws Exception {
        Storage storage = Storage.temporary(this.directory);
        CheckpointManager manager = storage.checkpointManager();

        assertThat(manager.durable()).isFalse();
        assertThat(manager.open("test")).isEmpty();
        String name = "checkpoint-0000000000000001-0000000000000001";
        manager.write(name, ByteBuffer.allocate(1));
        assertThat(manager.names()).isEmpty();
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> manager.read(name, 1));
        assertThat(manager.open("a second")).isEmpty();
        manager.close();
        try (LogDevice first = storage.logDeviceFactory().open("test");
                LogDevice second = storage.logDeviceFactory().open("test")) {
            assertThat(first.segments()).isEqualTo(second.segments());
            try (var runs = Files.list(this.directory)) {
                assertThat(runs).hasSize(2);
            }
        }
        assertThat(this.directory).isEmptyDirectory();
    }

    @Test
    void temporaryStorageHasAPlaceOfItsOwn() {
        assertThat(Storage.DEFAULT_TEMPORARY_DIRECTORY).isEqualTo("./data/tempFiles");
        assertThat(Storage.temporary().logDeviceFactory()).asString().endsWith(Path.of("data", "tempFiles").toString());
    }

    @Test
    void anyOtherMediumIsTakenAsItIs() {
        LogDeviceFactory factory = LogDeviceFactory.inMemory();
        CheckpointManager manager = CheckpointManager.inMemory();

        assertThat(Storage.of(factory, manager)).isEqualTo(new Storage(factory, manager));
    }

}
