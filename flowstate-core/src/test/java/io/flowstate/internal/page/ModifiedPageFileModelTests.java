package io.flowstate.internal.page;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.flowstate.storage.StateException;
import io.flowstate.storage.StorageFullException;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random writes, reads and frees of a {@link ModifiedPageFile} against a plain map.
 */
class ModifiedPageFileModelTests {

    private static final Path DIRECTORY = Path.of("/temp");

    private static final long CHUNK = 1 << 20;

    @ParameterizedTest
    @ValueSource(longs = { 1 << 20, 10 << 20, 100 << 20, 16L << 30 })
    void itHoldsWhatAMapHolds(long limit) {
        for (long seed = 1; seed <= 5; seed++) {
            MemoryFiles disk = new MemoryFiles();
            try (ModifiedPageFile file = ModifiedPageFile.open(disk, DIRECTORY, limit, "test")) {
                Model model = new Model(file, seed, limit);
                for (int step = 0; step < 2000; step++) {
                    model.step();
                }
                model.checkAll();
                assertThat(disk.paths()
                    .stream()
                    .filter((path) -> path.toString().endsWith(".tmp"))
                    .mapToLong((path) -> disk.content(path).length)
                    .sum()).as("seed %s", seed).isLessThanOrEqualTo(file.sizeBytes());
                model.freeAll();
                assertThat(disk.paths()).as("seed %s", seed).noneMatch((path) -> path.toString().endsWith(".tmp"));
            }
        }
    }

    @Test
    void itHoldsWhatAMapHoldsWhileTheDiskFails() {
        for (long seed = 1; seed <= 20; seed++) {
            FaultyFiles files = new FaultyFiles(new MemoryFiles());
            try (ModifiedPageFile file = ModifiedPageFile.open(files, DIRECTORY, 20 << 20, "test")) {
                Model model = new Model(file, seed, 20 << 20);
                files.failRandomly(seed, 0.1, FileCall.WRITE, FileCall.READ, FileCall.CREATE, FileCall.DELETE,
                        FileCall.OPEN_FOR_WRITING);
                for (int step = 0; step < 1000; step++) {
                    model.step();
                }
                files.heal();
                model.checkAll();
                model.freeAll();
            }
        }
    }

    @Test
    void itHoldsWhatManyThreadsWrite(@TempDir Path directory) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (ModifiedPageFile file = ModifiedPageFile.open(directory, 200 << 20, "test")) {
            List<Future<Model>> models = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                Model model = new Model(file, thread, 20 << 20);
                models.add(threads.submit(() -> {
                    for (int step = 0; step < 1000; step++) {
                        model.step();
                    }
                    return model;
                }));
            }
            long used = 0;
            for (Future<Model> model : models) {
                model.get().checkPages();
                used += model.get().usedBytes;
            }
            assertThat(file.usedBytes()).isEqualTo(used);
            assertThat(file.sizeBytes()).isLessThanOrEqualTo(200 << 20);
        }
        finally {
            threads.shutdown();
        }
        assertThat(directory).isEmptyDirectory();
    }

    /** What one thread has written. */
    private static final class Model {

        private final ModifiedPageFile file;

        private final long seed;

        private final SplittableRandom random;

        private final int largest;

        private final Map<PageSlot, byte[]> pages = new HashMap<>();

        private final List<PageSlot> slots = new ArrayList<>();

        private long usedBytes;

        private long mostUsedBytes;

        private int target;

        private Model(ModifiedPageFile file, long seed, long limit) {
            this.file = file;
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.largest = (int) Math.min(limit / 3, 1 << 20);
        }

        private void step() {
            if (this.random.nextInt(100) == 0) {
                this.target = this.random.nextInt(200);
            }
            try {
                int choice = this.random.nextInt(10);
                if (choice < 2 && !this.slots.isEmpty()) {
                    check(this.slots.get(this.random.nextInt(this.slots.size())));
                }
                else if (this.slots.size() < this.target || (choice < 4 && !this.slots.isEmpty())) {
                    write();
                }
                else if (!this.slots.isEmpty()) {
                    free(this.random.nextInt(this.slots.size()));
                }
            }
            catch (StorageFullException ex) {
                free(this.random.nextInt(this.slots.size()));
            }
            catch (StateException ex) {
                assertThat(ex).as("seed %s", this.seed).hasMessageContaining("was made to fail");
            }
        }

        private void write() {
            int length = 1 + this.random.nextInt(1 << this.random.nextInt(1, 21));
            byte[] page = new byte[Math.min(length, this.largest)];
            this.random.nextBytes(page);
            PageSlot slot = this.file.write(ByteBuffer.wrap(page));
            assertThat(this.pages.put(slot, page)).as("seed %s", this.seed).isNull();
            this.slots.add(slot);
            this.usedBytes += bytes(slot);
            this.mostUsedBytes = Math.max(this.mostUsedBytes, this.usedBytes);
        }

        private void free(int index) {
            PageSlot slot = this.slots.get(index);
            this.slots.set(index, this.slots.get(this.slots.size() - 1));
            this.slots.remove(this.slots.size() - 1);
            this.pages.remove(slot);
            this.file.free(slot);
            this.usedBytes -= bytes(slot);
        }

        private static long bytes(PageSlot slot) {
            return (slot.length() + 16 + 4095) / 4096 * 4096L;
        }

        private void check(PageSlot slot) {
            ByteBuffer target = ByteBuffer.allocate(slot.length());
            this.file.read(slot, target);
            assertThat(target.array()).as("seed %s, %s", this.seed, slot).isEqualTo(this.pages.get(slot));
        }

        private void checkPages() {
            this.slots.forEach(this::check);
        }

        private void checkAll() {
            checkPages();
            assertThat(this.file.usedBytes()).as("seed %s", this.seed).isEqualTo(this.usedBytes);
            // Each size of slots may have an extent that is not full: 28 sizes have
            // extents
            // of a chunk, 12 of four chunks, and one of 16.
            assertThat(this.file.sizeBytes()).as("seed %s", this.seed)
                .isLessThanOrEqualTo(this.mostUsedBytes * 3 / 2 + (28 + 12 * 4 + 16) * CHUNK);
        }

        private void freeAll() {
            while (!this.slots.isEmpty()) {
                free(this.slots.size() - 1);
            }
            this.file.deleteEmptyFiles();
            assertThat(this.file.usedBytes()).isZero();
            assertThat(this.file.sizeBytes()).isZero();
        }

    }

}
