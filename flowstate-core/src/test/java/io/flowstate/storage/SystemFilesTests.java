package io.flowstate.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.flowstate.storage.LocalFiles.LocalFile;
import io.flowstate.testing.LocalFilesContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link SystemFiles}: the contract, and what only a machine has.
 */
class SystemFilesTests extends LocalFilesContract {

    @TempDir
    Path directory;

    private final LocalFiles files = LocalFiles.system();

    @Override
    protected LocalFiles createFiles() {
        return this.files;
    }

    @Override
    protected Path emptyDirectory() {
        return this.directory;
    }

    @Test
    void onlyTheOwnerMayReadAndWrite() throws IOException {
        Path deep = this.directory.resolve("a/b");
        this.files.createDirectories(deep);
        this.files.create(deep.resolve("file")).close();
        try (Closeable lock = this.files.tryLock(deep.resolve("lock"))) {
            assertThat(lock).isNotNull();
        }

        assertThat(modes(this.directory.resolve("a"))).isEqualTo("rwx------");
        assertThat(modes(deep)).isEqualTo("rwx------");
        assertThat(modes(deep.resolve("file"))).isEqualTo("rw-------");
        assertThat(modes(deep.resolve("lock"))).isEqualTo("rw-------");
    }

    @Test
    void anExistingDirectoryKeepsItsModes() throws IOException {
        Path existing = Files.createDirectory(this.directory.resolve("existing"));
        Files.setPosixFilePermissions(existing, PosixFilePermissions.fromString("rwxr-x---"));

        this.files.createDirectories(existing);
        this.files.createDirectories(existing.resolve("sub"));

        assertThat(modes(existing)).isEqualTo("rwxr-x---");
    }

    private static String modes(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void readsOverlapWhileTheirThreadsAreInterrupted() throws Exception {
        byte[] content = new byte[1 << 20];
        new Random(1).nextBytes(content);
        Path path = this.directory.resolve("file");
        Files.write(path, content);
        List<Thread> readers = new CopyOnWriteArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (LocalFile file = this.files.openForReading(path)) {
            List<Future<?>> reading = new ArrayList<>();
            for (int seed = 0; seed < 6; seed++) {
                Random random = new Random(seed);
                reading.add(threads.submit(() -> {
                    readers.add(Thread.currentThread());
                    for (int i = 0; i < 500; i++) {
                        readers.get(random.nextInt(readers.size())).interrupt();
                        readAnywhere(file, content, random);
                    }
                }));
            }
            for (Future<?> reader : reading) {
                reader.get(1, TimeUnit.MINUTES);
            }
        }
        finally {
            threads.shutdownNow();
        }
    }

    private static void readAnywhere(LocalFile file, byte[] content, Random random) {
        int position = random.nextInt(content.length - 200_000);
        int length = random.nextInt(200_000);
        ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
        assertThatNoException().isThrownBy(() -> assertThat(file.read(position, target)).isEqualTo(length));
        byte[] found = new byte[length];
        target.flip().get(found);
        assertThat(Arrays.equals(found, 0, length, content, position, position + length)).isTrue();
    }

    @Test
    void aFileClosedUnderItsReadersFailsThemPlainly() throws Exception {
        Path path = this.directory.resolve("file");
        byte[] content = new byte[1 << 20];
        Arrays.fill(content, (byte) 7);
        Files.write(path, content);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 20; round++) {
                LocalFile file = this.files.openForReading(path);
                List<Future<Integer>> reading = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    reading.add(threads.submit(() -> readUntilClosed(file)));
                }
                readWhole(file);
                file.close();
                for (Future<Integer> reader : reading) {
                    assertThat(reader.get(1, TimeUnit.MINUTES)).isNotNegative();
                }
            }
        }
        finally {
            threads.shutdownNow();
        }
    }

    private static void readWhole(LocalFile file) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(1 << 20);
        assertThat(file.read(0, target)).isEqualTo(1 << 20);
    }

    private static int readUntilClosed(LocalFile file) {
        int reads = 0;
        while (true) {
            ByteBuffer target = ByteBuffer.allocate(300_000);
            try {
                assertThat(file.read(1000, target)).isEqualTo(300_000);
            }
            catch (IOException ex) {
                return reads;
            }
            assertThat(target.get(0)).isEqualTo((byte) 7);
            assertThat(target.get(299_999)).isEqualTo((byte) 7);
            reads++;
        }
    }

    @Test
    void aFileOfManyGigabytesIsReachedByPosition() throws IOException {
        Path path = this.directory.resolve("sparse");
        try (LocalFile file = this.files.create(path)) {
            file.write(5L << 30, ByteBuffer.wrap(new byte[] { 1, 2, 3 }));

            ByteBuffer target = ByteBuffer.allocate(3);
            assertThat(file.read((5L << 30) + 1, target)).isEqualTo(2);
            assertThat(target.get(0)).isEqualTo((byte) 2);
            assertThat(file.size()).isEqualTo((5L << 30) + 3);
        }
        finally {
            Files.deleteIfExists(path);
        }
    }

}
