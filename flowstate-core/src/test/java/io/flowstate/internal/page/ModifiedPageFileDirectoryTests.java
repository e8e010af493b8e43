package io.flowstate.internal.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ModifiedPageFile} in a directory that others use too: dead runs,
 * living ones, temporary storage, and files that are not ours.
 */
class ModifiedPageFileDirectoryTests {

    private static final LogSegment SEGMENT = new LogSegment("record", 1, 0, 64);

    @TempDir
    private Path directory;

    private ModifiedPageFile open() {
        return ModifiedPageFile.open(this.directory, 1 << 30, "test");
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(this.directory)) {
            return entries.sorted().toList();
        }
    }

    @Test
    void aKilledRunIsClearedAndALivingOneIsNot() throws IOException {
        Path foreign = Files.writeString(this.directory.resolve("notes.txt"), "mine");
        try (PageFileChild living = PageFileChild.start(this.directory)) {
            Path livingRun = entries().stream().filter(Files::isDirectory).findFirst().orElseThrow();
            PageFileChild dead = PageFileChild.start(this.directory);
            dead.kill();
            assertThat(entries()).hasSize(3);

            try (ModifiedPageFile file = open()) {
                PageSlot slot = file.write(ByteBuffer.allocate(100));

                assertThat(entries()).hasSize(3).contains(livingRun, foreign);
                try (Stream<Path> kept = Files.list(livingRun)) {
                    assertThat(kept.map((path) -> path.getFileName().toString())).contains("temporary-1.tmp",
                            "temporary-2.tmp");
                }
                file.read(slot, ByteBuffer.allocate(100));
            }
            assertThat(entries()).containsExactlyInAnyOrder(livingRun, foreign);
            living.kill();
        }

        open().close();

        assertThat(entries()).containsExactly(foreign);
        assertThat(foreign).hasContent("mine");
    }

    @Test
    void anotherFileInADeadRunStays() throws IOException {
        try (PageFileChild dead = PageFileChild.start(this.directory)) {
            dead.kill();
        }
        Path run = entries().get(0);
        Path foreign = Files.writeString(run.resolve("temporary-1.txt"), "mine");

        open().close();

        assertThat(entries()).containsExactly(run);
        try (Stream<Path> kept = Files.list(run)) {
            assertThat(kept.filter((path) -> !path.endsWith("flowstate.lock"))).containsExactly(foreign);
        }
    }

    @Test
    void twoAtOnceAndTemporaryStorageDoNotDisturbEachOther() throws IOException {
        try (ModifiedPageFile first = open();
                LogDevice device = LogDeviceFactory.temporary(this.directory).open("test");
                ModifiedPageFile second = open()) {
            PageSlot one = first.write(ByteBuffer.wrap(new byte[] { 1 }));
            PageSlot two = second.write(ByteBuffer.wrap(new byte[] { 2 }));
            device.create(SEGMENT);
            device.write(SEGMENT, 0, ByteBuffer.wrap(new byte[] { 3 }));

            ByteBuffer found = ByteBuffer.allocate(3);
            first.read(one, found.limit(1));
            second.read(two, found.limit(2));
            device.read(SEGMENT, 0, found.limit(3));

            assertThat(found.array()).containsExactly(1, 2, 3);
            assertThat(entries()).hasSize(3);
        }
        assertThat(this.directory).isEmptyDirectory();
    }

    @Test
    void temporaryStorageClearsAfterAKilledRunToo() throws IOException {
        try (PageFileChild dead = PageFileChild.start(this.directory)) {
            dead.kill();
        }

        LogDeviceFactory.temporary(this.directory).open("test").close();

        assertThat(this.directory).isEmptyDirectory();
    }

}
