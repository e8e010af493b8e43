package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link ReadingHandles}.
 */
class ReadingHandlesTests {

    private static final Path DIRECTORY = Path.of("/log");

    private final MemoryFiles disk = new MemoryFiles();

    private final HandleCounter files = new HandleCounter(this.disk);

    private final ReadingHandles handles = new ReadingHandles(2);

    @BeforeEach
    void createFiles() {
        for (int number = 0; number < 5; number++) {
            this.disk.replace(path(number), new byte[number]);
        }
    }

    @Test
    void theLeastRecentlyUsedIsClosed() throws IOException {
        size(0);
        size(1);
        size(0);
        assertThat(this.files.open()).isEqualTo(2);
        size(2);
        assertThat(this.files.open()).isEqualTo(2);

        this.disk.deleteAll(DIRECTORY);

        assertThat(List.of(size(0), size(2))).containsExactly(0L, 2L);
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> size(1));
    }

    @Test
    void aHandleInUseIsClosedByItsLastUser() throws IOException {
        long size = this.handles.use(segment(4), () -> this.files.openForReading(path(4)), (outer) -> {
            long inner = this.handles.use(segment(4), () -> this.files.openForReading(path(4)), (same) -> {
                assertThat(same).isSameAs(outer);
                this.handles.retire(segment(4));
                return same.size();
            });
            assertThat(this.files.open()).isEqualTo(1);
            return inner + outer.size();
        });

        assertThat(size).isEqualTo(8);
        assertThat(this.files.open()).isZero();
        assertThat(size(4)).isEqualTo(4);
        assertThat(this.files.open()).isEqualTo(1);
    }

    @Test
    void moreInUseThanThereIsRoomForAreClosedInTheEnd() throws IOException {
        long sum = use(0, () -> use(1, () -> use(2, () -> use(3, () -> {
            assertThat(this.files.open()).isEqualTo(4);
            return 0;
        }))));

        assertThat(sum).isEqualTo(6);
        assertThat(this.files.open()).isEqualTo(2);
    }

    private long use(int number, Nested nested) throws IOException {
        return this.handles.use(segment(number), () -> this.files.openForReading(path(number)),
                (file) -> file.size() + nested.run());
    }

    @Test
    void closingLeavesWhatIsInUseToItsUser() throws IOException {
        size(1);
        long sum = use(2, () -> {
            this.handles.close();
            assertThat(this.files.open()).isEqualTo(1);
            assertThatIllegalStateException().isThrownBy(() -> size(1));
            return 0;
        });

        assertThat(sum).isEqualTo(2);
        assertThat(this.files.open()).isZero();
    }

    @Test
    void whatCouldNotBeOpenedIsTriedAgain() throws IOException {
        this.disk.deleteAll(path(3));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> size(3));

        this.disk.replace(path(3), new byte[3]);

        assertThat(size(3)).isEqualTo(3);
        assertThat(this.files.open()).isEqualTo(1);
    }

    private long size(int number) throws IOException {
        return this.handles.use(segment(number), () -> this.files.openForReading(path(number)),
                LocalFiles.LocalFile::size);
    }

    private static LogSegment segment(int number) {
        return new LogSegment("record", 1, number, 64);
    }

    private static Path path(int number) {
        return DIRECTORY.resolve("file-" + number);
    }

    private interface Nested {

        long run() throws IOException;

    }

}
