package io.flowstate.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LocalFiles.LocalFile;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link MemoryFiles}: the contract, and what only tests may do.
 */
class MemoryFilesTests extends LocalFilesContract {

    private static final Path FILE = Path.of("/some/where/file");

    private final MemoryFiles files = new MemoryFiles();

    @Override
    protected LocalFiles createFiles() {
        return this.files;
    }

    @Override
    protected Path emptyDirectory() {
        Path directory = Path.of("/some/where");
        this.files.makeDirectories(directory);
        return directory;
    }

    @Test
    void aCopySharesNothing() throws IOException {
        this.files.replace(FILE, bytes("before"));
        this.files.tryLock(FILE);

        MemoryFiles copy = this.files.copy();
        this.files.replace(FILE, bytes("after"));
        copy.replace(Path.of("/other"), bytes("other"));

        assertThat(copy.content(FILE)).isEqualTo(bytes("before"));
        assertThat(copy.tryLock(FILE)).isNotNull();
        assertThat(this.files.paths()).containsExactly(FILE);
        assertThat(copy.paths()).containsExactly(Path.of("/other"), FILE);
    }

    @Test
    void filesAreDamagedUnderWhoReadsThem() throws IOException {
        this.files.replace(FILE, bytes("some text"));
        try (LocalFile open = this.files.openForReading(FILE)) {
            this.files.damage(FILE, 0, 0x20);
            assertThat(this.files.content(FILE)).isEqualTo(bytes("Some text"));
            this.files.truncate(FILE, 4);

            ByteBuffer target = ByteBuffer.allocate(9);
            assertThat(open.read(0, target)).isEqualTo(4);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> this.files.truncate(FILE, 5));
    }

    @Test
    void anOpenFileOutlivesItsName() throws IOException {
        this.files.replace(FILE, bytes("text"));
        try (LocalFile open = this.files.openForReading(FILE)) {
            this.files.deleteAll(Path.of("/some"));

            assertThat(open.size()).isEqualTo(4);
        }
        assertThat(this.files.exists(FILE)).isFalse();
        assertThat(this.files.exists(Path.of("/some"))).isFalse();
        assertThat(this.files.exists(Path.of("/"))).isTrue();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

}
