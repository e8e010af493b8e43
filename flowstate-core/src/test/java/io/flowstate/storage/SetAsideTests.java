package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Collectors;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.RecordingFiles;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SetAside}, through what it serves.
 */
class SetAsideTests {

    private static final Path LOG = Path.of("/data/log");

    private static final Path CHECKPOINTS = Path.of("/data/checkpoints");

    private static final String NAME = "checkpoint-0000000000000001-0000000000000001";

    private static final LogSegment SEGMENT = new LogSegment("record", 1, 0, 64);

    private static final Manifest MANIFEST = new Manifest(new UUID(1, 2), 1, 0, List.of());

    private final MemoryFiles files = new MemoryFiles();

    @Test
    void theNextOpeningFindsNothingAndNoByteIsLost() {
        fill(this.files);
        this.files.replace(LOG.resolve("notes.txt"), new byte[3]);

        setAside(this.files);

        assertThat(names()).containsExactlyInAnyOrder("manifest.aside-1", NAME + ".meta.aside-1",
                "flowstate.committed.aside-1", SEGMENT.name() + ".seg.aside-1", "notes.txt", "flowstate.lock");
        assertThat(this.files.content(CHECKPOINTS.resolve(NAME + ".meta.aside-1"))).hasSize(7);
        assertEmpty(this.files);
    }

    @Test
    void whatWasSetAsideBeforeStays() {
        fill(this.files);
        setAside(this.files);
        fill(this.files);

        setAside(this.files);

        assertThat(names()).contains("manifest.aside-1", "manifest.aside-2", SEGMENT.name() + ".seg.aside-1",
                SEGMENT.name() + ".seg.aside-2");
        assertEmpty(this.files);
    }

    @Test
    void itIsDurable() {
        fill(this.files);
        RecordingFiles recording = new RecordingFiles(this.files);

        setAside(recording);

        SplittableRandom random = new SplittableRandom(1);
        for (int attempt = 0; attempt < 20; attempt++) {
            assertEmpty(recording.rebuild(recording.operations(), random));
        }
    }

    @Test
    void whatFailedHalfWayIsFinishedByTheNextAttempt() {
        for (int nth = 1; nth <= 4; nth++) {
            MemoryFiles disk = new MemoryFiles();
            fill(disk);
            FaultyFiles faulty = new FaultyFiles(disk);
            faulty.failFrom(FileCall.RENAME, nth);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> setAside(faulty));

            setAside(disk);

            assertEmpty(disk);
            assertThat(disk.paths().stream().filter((path) -> path.toString().contains(".aside-"))).hasSize(4);
        }
    }

    @Test
    void whatIsInUseIsNotMoved() {
        try (LogDevice device = LogDeviceFactory.local(LOG, this.files).open("the holder")) {
            assertThatExceptionOfType(StateLockedException.class)
                .isThrownBy(() -> LogDeviceFactory.local(LOG, this.files).setAside("another"))
                .satisfies((ex) -> assertThat(ex.owner()).isEqualTo("the holder"));
            assertThat(device.segments()).isEmpty();
        }
    }

    @Test
    void aMediumThatCannotDoItSaysSo() {
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> LogDeviceFactory.inMemory().setAside("test"))
            .withMessageContaining("choose another place");
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> CheckpointManager.inMemory().setAside("test"))
            .withMessageContaining("choose another place");
    }

    private static void fill(LocalFiles files) {
        CheckpointManager manager = CheckpointManager.local(CHECKPOINTS, files);
        manager.open("test");
        manager.write(NAME, ByteBuffer.allocate(7));
        manager.commit(MANIFEST);
        manager.close();
        try (LogDevice device = LogDeviceFactory.local(LOG, files).open("test")) {
            device.committed(new CommittedVersion(new UUID(1, 2), 0));
            device.create(SEGMENT);
            device.sync(SEGMENT);
        }
    }

    private static void setAside(LocalFiles files) {
        LogDeviceFactory.local(LOG, files).setAside("test");
        CheckpointManager.local(CHECKPOINTS, files).setAside("test");
    }

    private static void assertEmpty(LocalFiles files) {
        CheckpointManager manager = CheckpointManager.local(CHECKPOINTS, files);
        assertThat(manager.open("test")).isEmpty();
        manager.close();
        try (LogDevice device = LogDeviceFactory.local(LOG, files).open("test")) {
            assertThat(device.segments()).isEmpty();
            assertThat(device.committed()).isEmpty();
        }
    }

    private Set<String> names() {
        return this.files.paths().stream().map((path) -> path.getFileName().toString()).collect(Collectors.toSet());
    }

}
