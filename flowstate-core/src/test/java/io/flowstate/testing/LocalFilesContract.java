package io.flowstate.testing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LocalFiles.LocalFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What every {@link LocalFiles} keeps, so that files in memory are a fair stand-in for
 * those of the machine.
 */
public abstract class LocalFilesContract {

    private LocalFiles files;

    private Path directory;

    /**
     * Creates the files to test.
     * @return files, asked for once in each test
     */
    protected abstract LocalFiles createFiles();

    /**
     * A directory that exists in those files and is empty.
     * @return an absolute path
     */
    protected abstract Path emptyDirectory();

    @BeforeEach
    final void prepare() throws IOException {
        this.files = createFiles();
        this.directory = this.files.realPath(emptyDirectory());
    }

    @Test
    void whatWasWrittenIsReadAtAnyPosition() throws IOException {
        byte[] content = new byte[500_000];
        new Random(1).nextBytes(content);
        Path path = this.directory.resolve("file");

        try (LocalFile file = this.files.create(path)) {
            file.write(0, ByteBuffer.wrap(content, 0, 200_000));
            file.write(200_000, ByteBuffer.allocateDirect(300_000).put(content, 200_000, 300_000).flip());
            file.force();
            assertThat(file.size()).isEqualTo(500_000);
            assertThat(read(file, 10, 100)).isEqualTo(Arrays.copyOfRange(content, 10, 110));
        }

        try (LocalFile file = this.files.openForReading(path)) {
            assertThat(read(file, 0, 500_000)).isEqualTo(content);
            ByteBuffer direct = ByteBuffer.allocateDirect(400_000);
            assertThat(file.read(50_000, direct)).isEqualTo(400_000);
            byte[] found = new byte[400_000];
            direct.flip().get(found);
            assertThat(found).isEqualTo(Arrays.copyOfRange(content, 50_000, 450_000));
        }
    }

    @Test
    void aFileIsWrittenOutWhileItIsWritten() throws IOException {
        Path path = this.directory.resolve("file");

        try (LocalFile file = this.files.create(path)) {
            file.write(0, text("abc"));
            this.files.writeBack(path);
            file.write(3, text("def"));
            file.force();
        }
        this.files.writeBack(path);
        this.files.writeBack(this.directory.resolve("missing"));

        assertThat(content("file")).isEqualTo("abcdef");
        assertThat(this.files.list(this.directory)).containsExactly("file");
    }

    @Test
    void aReadEndsAtTheEndOfTheFile() throws IOException {
        write("file", "0123456789");

        try (LocalFile file = this.files.openForReading(this.directory.resolve("file"))) {
            ByteBuffer target = ByteBuffer.allocate(10);
            assertThat(file.read(7, target)).isEqualTo(3);
            assertThat(target.position()).isEqualTo(3);
            assertThat(file.read(10, target)).isZero();
            assertThat(file.read(1000, target)).isZero();
        }
    }

    @Test
    void writingBeyondTheEndFillsWithZeros() throws IOException {
        write("file", "abc");

        try (LocalFile file = this.files.openForWriting(this.directory.resolve("file"))) {
            file.write(5, text("x"));
            file.write(1, text("B"));
        }

        assertThat(content("file")).isEqualTo("aBc\0\0x");
    }

    @Test
    void aWriteConsumesWhatRemainsAndNothingElse() throws IOException {
        ByteBuffer source = text("--middle--").position(2).limit(8);

        try (LocalFile file = this.files.create(this.directory.resolve("file"))) {
            file.write(0, source.asReadOnlyBuffer());
            file.write(6, source);
        }

        assertThat(source.hasRemaining()).isFalse();
        assertThat(content("file")).isEqualTo("middlemiddle");
    }

    @Test
    void aFileIsCreatedOnce() throws IOException {
        write("file", "first");

        assertThatExceptionOfType(FileAlreadyExistsException.class)
            .isThrownBy(() -> this.files.create(this.directory.resolve("file")));
        assertThatExceptionOfType(NoSuchFileException.class)
            .isThrownBy(() -> this.files.create(this.directory.resolve("missing/file")));

        assertThat(content("file")).isEqualTo("first");
    }

    @Test
    void aMissingFileIsNotOpenedNorMade() throws IOException {
        Path missing = this.directory.resolve("missing");

        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> this.files.openForReading(missing));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> this.files.openForWriting(missing));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> this.files.realPath(missing));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> this.files.fileKey(missing));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> this.files.list(missing));

        assertThat(this.files.list(this.directory)).isEmpty();
    }

    @Test
    void aDirectoryIsNoFile() throws IOException {
        this.files.createDirectories(this.directory.resolve("sub"));

        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> this.files.openForReading(this.directory.resolve("sub")));
        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> this.files.openForWriting(this.directory.resolve("sub")));
    }

    @Test
    void aFileIsNoDirectory() throws IOException {
        write("file", "text");

        assertThatExceptionOfType(NotDirectoryException.class)
            .isThrownBy(() -> this.files.list(this.directory.resolve("file")));
        assertThatExceptionOfType(FileAlreadyExistsException.class)
            .isThrownBy(() -> this.files.createDirectories(this.directory.resolve("file")));
        assertThatExceptionOfType(FileAlreadyExistsException.class)
            .isThrownBy(() -> this.files.createDirectories(this.directory.resolve("file/sub")));

        assertThat(content("file")).isEqualTo("text");
    }

    @Test
    void directoriesAreCreatedWithTheirParents() throws IOException {
        Path deep = this.directory.resolve("a/b/c");

        this.files.createDirectories(deep);
        this.files.createDirectories(deep);
        this.files.forceDirectory(deep);

        assertThat(this.files.list(this.directory)).containsExactly("a");
        assertThat(this.files.list(this.directory.resolve("a/b"))).containsExactly("c");
        assertThat(this.files.list(deep)).isEmpty();
        assertThat(this.files.realPath(this.directory.resolve("a/./b/../b/c"))).isEqualTo(deep);
    }

    @Test
    void aRenameReplacesWhatHasTheName() throws IOException {
        write("next", "new");
        write("current", "old");

        this.files.rename(this.directory.resolve("next"), this.directory.resolve("current"));

        assertThat(this.files.list(this.directory)).containsExactly("current");
        assertThat(content("current")).isEqualTo("new");
    }

    @Test
    void deletingWhatDoesNotExistIsPassedOver() throws IOException {
        write("file", "text");

        this.files.delete(this.directory.resolve("file"));
        this.files.delete(this.directory.resolve("file"));

        assertThat(this.files.list(this.directory)).isEmpty();
    }

    @Test
    void onlyAnEmptyDirectoryIsDeleted() throws IOException {
        this.files.createDirectories(this.directory.resolve("full"));
        this.files.createDirectories(this.directory.resolve("empty"));
        write("full/file", "text");

        this.files.delete(this.directory.resolve("empty"));
        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> this.files.delete(this.directory.resolve("full")));

        assertThat(this.files.list(this.directory)).containsExactly("full");
        assertThat(content("full/file")).isEqualTo("text");
    }

    @Test
    void aFileForReadingIsNotWritten() throws IOException {
        write("file", "text");

        try (LocalFile file = this.files.openForReading(this.directory.resolve("file"))) {
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> file.write(0, text("X")));
        }

        assertThat(content("file")).isEqualTo("text");
    }

    @Test
    void aClosedFileRefusesEverything() throws IOException {
        LocalFile file = this.files.create(this.directory.resolve("file"));

        file.close();
        file.close();

        assertThatExceptionOfType(IOException.class).isThrownBy(() -> file.write(0, text("X")));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> file.read(0, ByteBuffer.allocate(1)));
        assertThatExceptionOfType(IOException.class).isThrownBy(file::force);
        assertThatExceptionOfType(IOException.class).isThrownBy(file::size);
    }

    @Test
    void aLockedFileIsLockedOnce() throws IOException {
        Path path = this.directory.resolve("lock");

        Closeable lock = this.files.tryLock(path);

        assertThat(lock).isNotNull();
        assertThat(this.files.list(this.directory)).containsExactly("lock");
        assertThat(this.files.tryLock(path)).isNull();
        assertThat(this.files.tryLock(path)).isNull();
        lock.close();
        try (Closeable again = this.files.tryLock(path)) {
            assertThat(again).isNotNull();
            assertThat(this.files.tryLock(path)).isNull();
        }
        assertThat(this.files.list(this.directory)).containsExactly("lock");
    }

    @Test
    void aFileThatTakesANameHasAnotherKey() throws IOException {
        Path path = this.directory.resolve("lock");
        try (Closeable lock = this.files.tryLock(path)) {
            Object key = this.files.fileKey(path);
            assertThat(this.files.fileKey(path)).isEqualTo(key);

            this.files.delete(path);
            write("lock", "another");

            assertThat(this.files.fileKey(path)).isNotEqualTo(key);
            assertThat(lock).isNotNull();
        }
    }

    @Test
    void anInterruptClosesNothingAndStaysSet() throws IOException {
        Path path = this.directory.resolve("file");
        write("other", "text");
        LocalFile reading = this.files.openForReading(this.directory.resolve("other"));

        Thread.currentThread().interrupt();
        try (LocalFile file = this.files.create(path)) {
            this.files.createDirectories(this.directory.resolve("sub"));
            file.write(0, text("some"));
            file.force();
            this.files.forceDirectory(this.directory);
            file.write(4, text(" text"));
            assertThat(read(reading, 0, 4)).asString(StandardCharsets.US_ASCII).isEqualTo("text");
            assertThat(content("file")).isEqualTo("some text");
            try (Closeable lock = this.files.tryLock(this.directory.resolve("lock"))) {
                assertThat(lock).isNotNull();
                assertThat(this.files.tryLock(this.directory.resolve("lock"))).isNull();
            }
            this.files.rename(path, this.directory.resolve("renamed"));
            this.files.delete(this.directory.resolve("sub"));

            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        }
        finally {
            Thread.interrupted();
        }
        assertThat(content("renamed")).isEqualTo("some text");
        assertThat(read(reading, 1, 3)).asString(StandardCharsets.US_ASCII).isEqualTo("ext");
        reading.close();
    }

    private void write(String name, String content) throws IOException {
        try (LocalFile file = this.files.create(this.directory.resolve(name))) {
            file.write(0, text(content));
        }
    }

    private String content(String name) throws IOException {
        try (LocalFile file = this.files.openForReading(this.directory.resolve(name))) {
            return new String(read(file, 0, (int) file.size()), StandardCharsets.US_ASCII);
        }
    }

    private static byte[] read(LocalFile file, long position, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        assertThat(file.read(position, target)).isEqualTo(length);
        return target.array();
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

}
