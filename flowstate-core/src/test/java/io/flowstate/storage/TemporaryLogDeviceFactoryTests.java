package io.flowstate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link TemporaryLogDeviceFactory}: what it makes, clears and leaves.
 */
class TemporaryLogDeviceFactoryTests {

    private static final Path DIRECTORY = Path.of("/data/tempFiles");

    private static final LogSegment SEGMENT = new LogSegment("record", 1, 0, 64);

    private final MemoryFiles files = new MemoryFiles();

    @Test
    void aRunWorksInADirectoryOfItsOwnAndDeletesIt() {
        LogDevice device = open(this.files);
        write(device);
        Path run = Path.of(device.describe(SEGMENT)).getParent();

        assertThat(run.getParent()).isEqualTo(DIRECTORY);
        assertThat(run.getFileName().toString())
            .matches("flowstate-run-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
        assertThat(this.files.paths()).contains(run.resolve("flowstate.lock"), run.resolve("flowstate.temporary"));
        device.close();
        device.close();

        assertThat(this.files.paths()).isEmpty();
        assertThat(this.files.directories()).contains(DIRECTORY).doesNotContain(run);
    }

    @Test
    void nothingIsForced() {
        FaultyFiles counting = new FaultyFiles(this.files);
        try (LogDevice device = open(counting)) {
            write(device);
            device.committed(new CommittedVersion(new UUID(1, 2), 1));
            device.committed(new CommittedVersion(new UUID(1, 2), 2));
        }

        assertThat(counting.calls(FileCall.FORCE)).isZero();
        assertThat(counting.calls(FileCall.FORCE_DIRECTORY)).isZero();
    }

    @Test
    void whatADeadRunLeftIsCleared() {
        LogDevice dead = open(this.files);
        write(dead);
        dead.committed(new CommittedVersion(new UUID(1, 2), 1));
        MemoryFiles afterCrash = this.files.copy();

        LogDevice next = open(afterCrash);

        assertThat(afterCrash.exists(Path.of(dead.describe(SEGMENT)).getParent())).isFalse();
        next.close();
        assertThat(afterCrash.paths()).isEmpty();
    }

    @Test
    void whatALivingRunHasIsLeft() {
        LogDevice living = open(this.files);
        write(living);

        // The registry of this process knows only the first of these.
        open(this.files).close();
        open(new HandleCounter(this.files)).close();

        assertThat(living.length(SEGMENT)).isEqualTo(10);
        living.close();
        assertThat(this.files.paths()).isEmpty();
    }

    @Test
    void whatIsNotOursIsLeft() {
        List<Path> others = List.of(DIRECTORY.resolve("notes.txt"), DIRECTORY.resolve(SEGMENT.name() + ".seg"),
                DIRECTORY.resolve("flowstate.lock"), DIRECTORY.resolve("flowstate-run-1/flowstate.temporary"),
                DIRECTORY.resolve("flowstate-run-00000000-0000-0000-0000-000000000001/" + SEGMENT.name() + ".seg"),
                DIRECTORY.resolve("flowstate-run-00000000-0000-0000-0000-000000000002/flowstate.lock"),
                DIRECTORY.resolve("old-flowstate-run-00000000-0000-0000-0000-000000000003/flowstate.temporary"),
                DIRECTORY.resolve("flowstate-run-00000000-0000-0000-0000-000000000004"));
        others.forEach((path) -> this.files.replace(path, new byte[] { 1 }));

        try (LogDevice device = open(this.files)) {
            write(device);
        }

        assertThat(this.files.paths()).containsExactlyInAnyOrderElementsOf(others);
    }

    @Test
    void anotherFileInADeadRunStaysWithItsDirectory() {
        LogDevice dead = open(this.files);
        write(dead);
        Path run = Path.of(dead.describe(SEGMENT)).getParent();
        this.files.replace(run.resolve("notes.txt"), new byte[] { 1 });
        MemoryFiles afterCrash = this.files.copy();

        open(afterCrash).close();

        assertThat(afterCrash.content(run.resolve("notes.txt"))).hasSize(1);
        assertThat(afterCrash.exists(Path.of(dead.describe(SEGMENT)))).isFalse();
    }

    @Test
    void anInterruptedClearingIsFinishedByTheNext() {
        LogDevice dead = open(this.files);
        write(dead);
        Path run = Path.of(dead.describe(SEGMENT)).getParent();
        for (int nth = 1; nth <= 8; nth++) {
            MemoryFiles afterCrash = this.files.copy();
            FaultyFiles faulty = new FaultyFiles(afterCrash);
            faulty.failFrom(FileCall.DELETE, nth);
            try {
                open(faulty);
            }
            catch (StorageUnavailableException ex) {
                assertThat(ex).hasMessageContaining(DIRECTORY.toString());
            }
            MemoryFiles afterSecondCrash = afterCrash.copy();

            open(afterSecondCrash).close();

            assertThat(afterSecondCrash.paths().stream().filter((path) -> !path.endsWith("flowstate.lock"))).isEmpty();
        }
        assertThat(this.files.exists(run)).isTrue();
    }

    @Test
    void aFullMediumIsClearedAllTheSame() {
        LogDevice dead = open(this.files);
        write(dead);
        MemoryFiles afterCrash = this.files.copy();
        FaultyFiles full = new FaultyFiles(afterCrash);
        full.limitRoom(0);

        assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> open(full));

        assertThat(afterCrash.exists(Path.of(dead.describe(SEGMENT)))).isFalse();
    }

    @Test
    void storageInADirectoryThatCannotBeIsRefused() throws IOException {
        this.files.replace(DIRECTORY, new byte[1]);

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> open(this.files))
            .withMessageContaining(DIRECTORY.toString());
    }

    private static LogDevice open(LocalFiles files) {
        return LogDeviceFactory.temporary(DIRECTORY, files).open("test");
    }

    private static void write(LogDevice device) {
        device.create(SEGMENT);
        device.write(SEGMENT, 0, ByteBuffer.allocate(10));
        device.sync(SEGMENT);
    }

}
