package io.flowstate.internal.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link ModifiedPageFile}: pages there and back, space, limits, faults and
 * damage.
 */
class ModifiedPageFileTests {

    private static final Path DIRECTORY = Path.of("/temp");

    private static final long LIMIT = 1L << 30;

    private final MemoryFiles disk = new MemoryFiles();

    private final FaultyFiles files = new FaultyFiles(this.disk);

    private ModifiedPageFile open(long limit) {
        return ModifiedPageFile.open(this.files, DIRECTORY, limit, "test");
    }

    static byte[] page(int length, long seed) {
        byte[] page = new byte[length];
        new SplittableRandom(seed).nextBytes(page);
        return page;
    }

    static PageSlot write(ModifiedPageFile file, byte[] page) {
        return file.write(ByteBuffer.wrap(page));
    }

    static byte[] read(ModifiedPageFile file, PageSlot slot) {
        ByteBuffer target = ByteBuffer.allocate(slot.length());
        file.read(slot, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    private List<Path> pageFiles() {
        return this.disk.paths().stream().filter((path) -> path.toString().endsWith(".tmp")).toList();
    }

    private Path pageFile() {
        return pageFiles().get(0);
    }

    @Test
    void pagesOfEveryLengthComeBack(@TempDir Path directory) {
        try (ModifiedPageFile file = ModifiedPageFile.open(directory, LIMIT, "test")) {
            for (int length : new int[] { 1, 4080, 4081, 32 << 10, 1 << 20, 5_000_000, ModifiedPageFile.MAX_PAGE_BYTES,
                    7 }) {
                byte[] page = page(length, length);

                PageSlot slot = write(file, page);

                assertThat(slot.length()).isEqualTo(length);
                assertThat(read(file, slot)).isEqualTo(page);
            }
            assertThat(file.sizeBytes()).isLessThan(file.usedBytes() + (80 << 20));
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void buffersOfAnyKindAreTaken() {
        byte[] page = page(5000, 1);
        try (ModifiedPageFile file = open(LIMIT)) {
            ByteBuffer source = ByteBuffer.allocateDirect(5010).put(3, page).limit(5003).position(3);
            ByteBuffer readOnly = ByteBuffer.wrap(page).asReadOnlyBuffer();

            PageSlot first = file.write(source);
            PageSlot second = file.write(readOnly);

            assertThat(source.remaining() + readOnly.remaining()).isZero();
            ByteBuffer target = ByteBuffer.allocateDirect(5010).position(2).limit(5002);
            file.read(first, target);
            byte[] found = new byte[5000];
            target.get(2, found);
            assertThat(found).isEqualTo(page);
            assertThat(read(file, second)).isEqualTo(page);
        }
    }

    @Test
    void thereIsNoFileBeforeThereIsAPage() {
        try (ModifiedPageFile file = open(LIMIT)) {
            file.deleteEmptyFiles();

            assertThat(pageFiles()).isEmpty();
            assertThat(file.sizeBytes()).isZero();
        }
        assertThat(this.disk.paths()).isEmpty();
    }

    @Test
    void nothingIsForced() {
        try (ModifiedPageFile file = open(LIMIT)) {
            read(file, write(file, page(100, 1)));
        }

        assertThat(this.files.calls(FileCall.FORCE)).isZero();
        assertThat(this.files.calls(FileCall.FORCE_DIRECTORY)).isZero();
    }

    @Test
    void whatWasReadAndWrittenIsCounted() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(5000, 1));
            write(file, page(1, 2));
            read(file, slot);

            assertThat(file.writes()).isEqualTo(2);
            assertThat(file.writtenBytes()).isEqualTo(3 * 4096);
            assertThat(file.reads()).isEqualTo(1);
            assertThat(file.readBytes()).isEqualTo(2 * 4096);
            assertThat(file.usedBytes()).isEqualTo(3 * 4096);
        }
    }

    @Test
    void spaceIsUsedAgainAndGivenBack() {
        try (ModifiedPageFile file = open(LIMIT)) {
            long size = 0;
            for (int round = 0; round < 5; round++) {
                List<PageSlot> slots = new ArrayList<>();
                for (int i = 0; i < 3000; i++) {
                    slots.add(write(file, page(32_000, i)));
                }
                assertThat(pageFiles()).hasSize(2);
                size = Math.max(size, file.sizeBytes());
                assertThat(file.sizeBytes()).isEqualTo(size);
                slots.forEach(file::free);
            }

            assertThat(file.usedBytes()).isZero();
            file.deleteEmptyFiles();

            assertThat(pageFiles()).isEmpty();
            assertThat(file.sizeBytes()).isZero();
        }
    }

    @Test
    void freeingTouchesNoFile() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(100, 1));
            long calls = this.files.calls();

            file.free(slot);

            assertThat(this.files.calls()).isEqualTo(calls);
            PageSlot next = write(file, page(100, 2));
            assertThat(next.position()).isEqualTo(slot.position());
            assertThat(this.files.calls(FileCall.DELETE)).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void emptyFilesAreDeletedByTheNextWrite() {
        try (ModifiedPageFile file = open(LIMIT)) {
            List<PageSlot> slots = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                slots.add(write(file, page(32_000, i)));
            }
            assertThat(pageFiles()).hasSize(3);

            slots.forEach(file::free);
            PageSlot last = write(file, page(10, 1));

            assertThat(pageFiles()).hasSize(1);
            assertThat(file.sizeBytes()).isLessThanOrEqualTo(64 << 20);
            assertThat(read(file, last)).isEqualTo(page(10, 1));
        }
    }

    @Test
    void theLimitIsKeptAndNamedAndThenThereIsRoomAgain() {
        for (long limit : new long[] { 1 << 20, (1 << 20) + 5000, 5_000_000, 80 << 20 }) {
            try (ModifiedPageFile file = open(limit)) {
                List<PageSlot> slots = fill(file, 30_000);
                assertThat(file.sizeBytes()).isBetween(limit * 3 / 4, limit);
                assertThat(pageFiles().stream().mapToLong((path) -> this.disk.content(path).length).sum())
                    .isLessThanOrEqualTo(limit);
                assertThat(read(file, slots.get(slots.size() - 1))).isEqualTo(page(30_000, slots.size() - 1));

                file.free(slots.remove(slots.size() / 2));
                slots.add(write(file, page(30_000, 1)));
                assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> write(file, page(30_000, 1)))
                    .withMessageContaining("more than temporary-size-limit, " + limit + " bytes")
                    .withMessageContaining("a page of 30000 bytes");

                slots.forEach(file::free);
                int again = fill(file, 30_000).size();
                assertThat(again).isEqualTo(slots.size());
            }
        }
    }

    private static List<PageSlot> fill(ModifiedPageFile file, int length) {
        List<PageSlot> slots = new ArrayList<>();
        try {
            while (true) {
                slots.add(write(file, page(length, slots.size())));
            }
        }
        catch (StorageFullException ex) {
            return slots;
        }
    }

    @Test
    void filesWaitingToBeDeletedMakeRoomForAPageThatNeedsIt() {
        try (ModifiedPageFile file = open(80 << 20)) {
            List<PageSlot> slots = fill(file, 3_000_000);
            assertThat(pageFiles()).hasSizeGreaterThan(2);
            slots.forEach(file::free);

            byte[] page = page(60 << 20, 1);

            assertThat(read(file, write(file, page))).isEqualTo(page);
        }
    }

    @Test
    void aPageBeyondTheLimitIsRefused() {
        try (ModifiedPageFile file = open(1 << 20)) {
            assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> write(file, page(1 << 20, 1)));
            assertThatIllegalArgumentException().isThrownBy(() -> write(file, new byte[0]));
            assertThatIllegalArgumentException()
                .isThrownBy(() -> write(file, new byte[ModifiedPageFile.MAX_PAGE_BYTES + 1]));
            assertThat(file.usedBytes()).isZero();
            assertThat(pageFiles()).isEmpty();
        }
    }

    @Test
    void aFullDiskIsSaidAndThenThereIsRoomAgain() {
        try (ModifiedPageFile file = open(LIMIT)) {
            byte[] page = page(10_000, 1);
            PageSlot before = write(file, page);
            this.files.limitRoom(5000);

            ByteBuffer source = ByteBuffer.wrap(page);
            assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> file.write(source))
                .withMessageContaining("No space left on device");

            assertThat(source.position()).isZero();
            assertThat(file.usedBytes()).isEqualTo(3 * 4096);
            assertThat(read(file, before)).isEqualTo(page);
            this.files.heal();
            assertThat(read(file, file.write(source))).isEqualTo(page);
        }
    }

    @Test
    void aFailedCallIsSaidAndTheNextSucceeds() {
        for (FileCall call : List.of(FileCall.CREATE, FileCall.OPEN_FOR_WRITING, FileCall.WRITE)) {
            try (ModifiedPageFile file = open(LIMIT)) {
                byte[] page = page(10_000, 1);
                this.files.failCall(call, 1);

                assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> write(file, page))
                    .withMessageContaining("flowstate-run-");

                assertThat(file.usedBytes()).isZero();
                assertThat(file.writes()).isZero();
                PageSlot slot = write(file, page);
                this.files.failCall(FileCall.READ, 1);
                assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> read(file, slot));
                assertThat(read(file, slot)).isEqualTo(page);
                assertThat(file.reads()).isEqualTo(1);
            }
        }
    }

    @Test
    void aTornWriteIsSaidAndItsSpaceUsedAgain() {
        try (ModifiedPageFile file = open(LIMIT)) {
            this.files.tearWrite(1);

            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> write(file, page(10_000, 1)));

            PageSlot slot = write(file, page(10_000, 2));
            assertThat(slot.offset()).isZero();
            assertThat(read(file, slot)).isEqualTo(page(10_000, 2));
        }
    }

    @Test
    void aShortReadIsDamage() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(10_000, 1));
            this.files.shortenRead(1);

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(file, slot))
                .withMessageContaining("expected 12288 bytes from offset 0, found only 6144");
        }
    }

    @Test
    void everyFlippedBitIsFound() {
        try (ModifiedPageFile file = open(LIMIT)) {
            byte[] page = page(300, 1);
            PageSlot first = write(file, page);
            PageSlot second = write(file, page(4090, 2));
            Path path = pageFile();
            int length = this.disk.content(path).length;
            assertThat(length).isEqualTo((1 << 20) + 8192);
            for (int i = 0; i < 8192; i++) {
                PageSlot slot = (i < 4096) ? first : second;
                int offset = (i < 4096) ? i : (1 << 20) + i - 4096;
                int bits = 1 << (i % 8);
                damage(path, offset, bits);

                assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(file, slot))
                    .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(path.toString()))
                    .satisfies((ex) -> assertThat(ex.offset()).isEqualTo(slot.offset()))
                    .satisfies((ex) -> assertThat(ex.expected()).contains(slot.length() + " bytes"))
                    .satisfies((ex) -> assertThat(ex.found()).startsWith("checksum "));
                damage(path, offset, bits);
            }
            assertThat(read(file, first)).isEqualTo(page);
        }
    }

    /** As {@link MemoryFiles#damage}, without copying the whole file. */
    private void damage(Path path, int offset, int bits) {
        try (LocalFiles.LocalFile open = this.disk.openForWriting(path)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            open.read(offset, one);
            one.put(0, (byte) (one.get(0) ^ bits)).rewind();
            open.write(offset, one);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Test
    void aFileThatIsCutOffMissingOrZeroIsDamage() {
        List<Consumer<Path>> damages = List.of((path) -> this.disk.truncate(path, 4096),
                (path) -> this.disk.truncate(path, 0), (path) -> this.disk.replace(path, new byte[100_000]),
                (path) -> this.disk.replace(path, page(100_000, 5)));
        for (Consumer<Path> damage : damages) {
            try (ModifiedPageFile file = open(LIMIT)) {
                PageSlot slot = write(file, page(10_000, 1));
                damage.accept(pageFile());

                assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(file, slot))
                    .withMessageContaining("temporary-1.tmp");
            }
        }
    }

    @Test
    void anOlderPageIsNeverTakenForANewerOne() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot older = write(file, page(100, 1));
            byte[] before = this.disk.content(pageFile());
            file.free(older);
            PageSlot newer = write(file, page(100, 2));
            assertThat(newer.position()).isEqualTo(older.position());

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(file, older))
                .satisfies((ex) -> assertThat(ex.expected()).isEqualTo("page 1 of this run (100 bytes)"))
                .satisfies((ex) -> assertThat(ex.found()).isEqualTo("page 2 of this run (100 bytes)"));
            this.disk.replace(pageFile(), before);
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(file, newer));
        }
    }

    @Test
    void aSlotInADeletedFileIsGone() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(100, 1));
            file.free(slot);
            file.deleteEmptyFiles();

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(file, slot))
                .withMessageContaining("expected a temporary file, found no file");
        }
    }

    @Test
    void aSlotIsFreedOnce() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(100, 1));
            file.free(slot);
            PageSlot next = write(file, page(100, 2));

            assertThatIllegalStateException().isThrownBy(() -> file.free(slot)).withMessageContaining("not in use");
            assertThatIllegalStateException().isThrownBy(() -> file.free(PageSlot.of(7, 0, 100, 1)));
            assertThatIllegalStateException().isThrownBy(() -> file.free(PageSlot.of(1, 4096, 100, 2)));
            assertThat(read(file, next)).isEqualTo(page(100, 2));
        }
    }

    @Test
    void whoFindsAPageWrongCanNameItsPlace() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(100, 1));

            assertThat(file.corrupt(slot, "page 7", "page 8"))
                .hasMessage(pageFile() + " is damaged at offset 0: expected page 7, found page 8");
        }
    }

    @Test
    void roomOfAnotherLengthIsRefused() {
        try (ModifiedPageFile file = open(LIMIT)) {
            PageSlot slot = write(file, page(100, 1));

            assertThatIllegalArgumentException().isThrownBy(() -> file.read(slot, ByteBuffer.allocate(99)))
                .withMessage("expected room for 100 bytes, but it was 99");
        }
    }

    @Test
    void aFileThatCannotBeDeletedCountsUntilItCan() {
        try (ModifiedPageFile file = open(LIMIT)) {
            file.free(write(file, page(100, 1)));
            this.files.failFrom(FileCall.DELETE, 1);
            file.deleteEmptyFiles();
            assertThat(file.sizeBytes()).isEqualTo(4096);
            assertThat(pageFiles()).hasSize(1);

            this.files.heal();
            PageSlot next = write(file, page(100, 2));

            assertThat(pageFiles()).hasSize(1);
            assertThat(next.file()).isEqualTo(2);
            assertThat(file.sizeBytes()).isEqualTo(4096);
        }
    }

    @Test
    void aClosedOneRefuses() {
        ModifiedPageFile file = open(LIMIT);
        PageSlot slot = write(file, page(100, 1));
        file.close();
        file.close();

        assertThatIllegalStateException().isThrownBy(() -> read(file, slot));
        assertThatIllegalStateException().isThrownBy(() -> write(file, page(100, 1)));
        assertThat(this.disk.paths()).isEmpty();
    }

}
