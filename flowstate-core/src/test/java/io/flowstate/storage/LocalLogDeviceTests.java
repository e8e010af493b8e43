package io.flowstate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.RecordingFiles;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link LocalLogDevice}: files, faults, crashes and devices that do not
 * answer. What every log device keeps is in the contract.
 */
class LocalLogDeviceTests {

    private static final Path DIRECTORY = Path.of("/data/log");

    private static final LogSegment FIRST = new LogSegment("record", 1, 0, 64);

    private static final LogSegment SECOND = new LogSegment("record", 1, 1, 4096);

    private static final int STEP = (int) WriteBack.STEP_BYTES;

    private final MemoryFiles files = new MemoryFiles();

    private final FaultyFiles faulty = new FaultyFiles(this.files);

    @Test
    void thereAreTheFilesThatTheDocumentationNames() {
        try (LogDevice device = open(this.files)) {
            write(device, FIRST, 10);
            device.committed(new CommittedVersion(new UUID(1, 2), 0));

            assertThat(this.files.paths()).containsExactly(file("flowstate.committed"), file("flowstate.lock"),
                    file("flowstate.owner"), file("record-0000000000000001-00000000-0000000000000040.seg"));
            assertThat(device.describe(FIRST))
                .isEqualTo(DIRECTORY + "/record-0000000000000001-00000000-0000000000000040.seg");
            assertThat(device.describeCommitted()).isEqualTo(DIRECTORY + "/flowstate.committed");
        }
    }

    @Test
    void otherFilesAreLeftAlone() {
        String name = FIRST.name();
        List<Path> others = List.of(file(name), file(name + ".seg.bak"), file(name.toUpperCase(Locale.ROOT) + ".seg"),
                file(name + "0.seg"), file("record-0000000000000000-00000000-0000000000000040.seg"),
                file("record-ffffffffffffffff-00000000-0000000000000040.seg"), file(".seg"), file("notes.txt"),
                file("../neighbour.seg"));
        others.forEach((path) -> this.files.replace(path, new byte[] { 1 }));

        try (LogDevice device = open(this.files)) {
            assertThat(device.segments()).isEmpty();
            write(device, FIRST, 10);
            assertThat(device.segments()).containsExactly(FIRST);
            device.delete(FIRST);
        }

        others.forEach((path) -> assertThat(this.files.content(path.normalize())).hasSize(1));
    }

    @Test
    void aSegmentThatFailedIsNotWrittenAgain() {
        for (FileCall kind : List.of(FileCall.WRITE, FileCall.FORCE, FileCall.FORCE_DIRECTORY)) {
            MemoryFiles disk = new MemoryFiles();
            FaultyFiles failing = new FaultyFiles(disk);
            try (LogDevice device = open(failing)) {
                device.create(FIRST);
                failing.failCall(kind, 1);
                assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> {
                    device.write(FIRST, 0, ByteBuffer.allocate(10));
                    device.sync(FIRST);
                }).withMessageContaining(device.describe(FIRST));

                assertThatIllegalStateException().isThrownBy(() -> device.write(FIRST, 0, ByteBuffer.allocate(10)))
                    .withMessageContaining(device.describe(FIRST));
                assertThatIllegalStateException().isThrownBy(() -> device.sync(FIRST));

                write(device, SECOND, 10);
                assertThat(device.length(SECOND)).isEqualTo(10);
                device.delete(FIRST);
            }
        }
    }

    @Test
    void aLongSegmentIsWrittenOutWhileMoreIsWritten() {
        try (LogDevice device = open(this.faulty)) {
            write(device, FIRST, STEP);
            device.write(FIRST, STEP, ByteBuffer.allocate(10));
            device.sync(FIRST);
            assertThat(this.faulty.calls(FileCall.WRITE_BACK)).as("of what was forced").isZero();

            device.write(FIRST, STEP + 10, ByteBuffer.allocate(STEP));
            device.write(FIRST, 2 * STEP + 10, ByteBuffer.allocate(10));
            device.sync(FIRST);
            assertThat(this.faulty.calls(FileCall.WRITE_BACK)).isEqualTo(1);
        }
    }

    /** The force finds nothing to do then, and knows nothing of it. */
    @Test
    void aSegmentOfWhichAWriteBackFailedIsNotTakenForDurable() {
        try (LogDevice device = open(this.faulty)) {
            device.create(FIRST);
            CompletableFuture<Void> syncing;
            try (Hold hold = this.faulty.hold(FileCall.WRITE_BACK)) {
                device.write(FIRST, 0, ByteBuffer.allocate(STEP));
                device.write(FIRST, STEP, ByteBuffer.allocate(10));
                hold.awaitCaller();
                long forced = this.faulty.calls(FileCall.FORCE);
                syncing = CompletableFuture.runAsync(() -> device.sync(FIRST));
                while (this.faulty.calls(FileCall.FORCE) == forced && !syncing.isDone()) {
                    Thread.onSpinWait();
                }
                hold.fail();
            }

            assertThat(syncing).failsWithin(30, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(StorageUnavailableException.class)
                .withMessageContaining(device.describe(FIRST));
            assertThatIllegalStateException().isThrownBy(() -> device.sync(FIRST));
        }
    }

    @Test
    void nothingMoreIsWrittenToASegmentOfWhichAWriteBackFailed() {
        try (LogDevice device = open(this.faulty)) {
            device.create(FIRST);
            this.faulty.failCall(FileCall.WRITE_BACK, 1);
            device.write(FIRST, 0, ByteBuffer.allocate(STEP));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);

            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> {
                // the first begins the write-back; the others until it is known
                for (int i = 0; System.nanoTime() < deadline; i++) {
                    device.write(FIRST, (long) STEP + i, ByteBuffer.allocate(1));
                }
            }).withMessageContaining(device.describe(FIRST));
            assertThatIllegalStateException().isThrownBy(() -> device.sync(FIRST));
        }
    }

    @Test
    void aSegmentWhoseWriteWasTornIsNotWrittenAgain() {
        try (LogDevice device = open(this.faulty)) {
            device.create(FIRST);
            this.faulty.tearWrite(1);

            assertThatExceptionOfType(StorageUnavailableException.class)
                .isThrownBy(() -> device.write(FIRST, 0, ByteBuffer.allocate(10)));

            assertThatIllegalStateException().isThrownBy(() -> device.write(FIRST, 5, ByteBuffer.allocate(5)));
        }
    }

    @Test
    void aFullMediumIsSaid() {
        try (LogDevice device = open(this.faulty)) {
            device.create(FIRST);
            this.faulty.limitRoom(15);
            device.write(FIRST, 0, ByteBuffer.allocate(10));

            assertThatExceptionOfType(StorageFullException.class)
                .isThrownBy(() -> device.write(FIRST, 10, ByteBuffer.allocate(10)))
                .withMessageContaining(device.describe(FIRST));

            this.faulty.heal();
            write(device, SECOND, 10);
        }
    }

    @Test
    void eachFailureNamesWhatWasTriedAndOn() {
        try (LogDevice device = open(this.faulty)) {
            write(device, FIRST, 10);
            this.faulty.failFrom(1);

            assertUnavailable(device::segments, "list " + DIRECTORY);
            assertUnavailable(() -> read(device, FIRST, 0, 1), "read " + device.describe(FIRST));
            assertUnavailable(() -> device.length(FIRST), "read " + device.describe(FIRST));
            assertUnavailable(() -> device.delete(FIRST), DIRECTORY.toString());
            assertUnavailable(() -> device.create(SECOND), DIRECTORY.toString());
            assertUnavailable(device::committed, "read " + DIRECTORY + "/flowstate.committed");
            this.faulty.heal();
            this.faulty.failFrom(FileCall.DELETE, 1);
            assertUnavailable(() -> device.delete(FIRST), "delete " + device.describe(FIRST));
            this.faulty.failFrom(FileCall.CREATE, 1);
            assertUnavailable(() -> device.create(SECOND), "create " + device.describe(SECOND));

            this.faulty.heal();
            assertThat(device.length(FIRST)).isEqualTo(10);
            device.delete(FIRST);
            assertThat(device.segments()).isEmpty();
        }
    }

    private static void assertUnavailable(ThrowingCallable call, String text) {
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(call)
            .withMessageContaining(text)
            .withMessageContaining("try again")
            .withRootCauseInstanceOf(IOException.class);
    }

    @Test
    void aSegmentLostOrCutOffIsDamage() {
        try (LogDevice device = open(this.files)) {
            write(device, FIRST, 100);
            Path path = Path.of(device.describe(FIRST));

            this.files.truncate(path, 60);
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(device, FIRST, 50, 50))
                .satisfies((ex) -> assertThat(ex.offset()).isEqualTo(60));
            this.files.truncate(path, 0);
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(device, FIRST, 50, 50))
                .satisfies((ex) -> assertThat(ex.offset()).isEqualTo(50));
        }
        this.files.deleteAll(DIRECTORY.resolve(FIRST.name() + ".seg"));
        try (LogDevice device = open(this.files)) {
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(device, FIRST, 50, 50))
                .withMessageContaining(device.describe(FIRST))
                .withMessageContaining("no file");
        }
    }

    @Test
    void moreSegmentsThanHandlesAreRead() throws Exception {
        HandleCounter counter = new HandleCounter(this.files);
        int count = 3 * LocalLogDevice.MAX_READING_FILES;
        try (LogDevice device = open(counter)) {
            for (int number = 0; number < count; number++) {
                write(device, numbered(number), 10 + number % 7);
            }
            assertThat(counter.open()).isLessThan(5);

            for (int number = 0; number < count; number++) {
                assertThat(device.length(numbered(number))).isEqualTo(10 + number % 7);
            }
            assertThat(counter.open()).isBetween(LocalLogDevice.MAX_READING_FILES,
                    LocalLogDevice.MAX_READING_FILES + 5);
            for (int number = 0; number < count; number += 3) {
                device.delete(numbered(number));
            }
            assertThat(counter.open()).isLessThanOrEqualTo(LocalLogDevice.MAX_READING_FILES);
        }
        assertThat(counter.open()).isZero();
    }

    @Test
    void anUnsyncedSegmentStaysOpenUntilItIsDurable() {
        HandleCounter counter = new HandleCounter(this.files);
        try (LogDevice device = open(counter)) {
            device.create(FIRST);
            device.write(FIRST, 0, ByteBuffer.allocate(10));
            device.create(SECOND);
            assertThat(counter.open()).isEqualTo(2);

            device.sync(FIRST);
            assertThat(counter.open()).isEqualTo(1);
            device.write(FIRST, 10, ByteBuffer.allocate(10));
            assertThat(counter.open()).isEqualTo(2);
            device.sync(FIRST);
            assertThat(counter.open()).isEqualTo(1);
            assertThat(device.length(FIRST)).isEqualTo(20);
        }
        assertThat(counter.open()).isZero();
    }

    @Test
    void closingWaitsForNothing() throws Exception {
        LogDevice device = open(this.faulty);
        device.create(FIRST);
        device.write(FIRST, 0, ByteBuffer.allocate(10));
        try (Hold hold = this.faulty.hold(FileCall.FORCE)) {
            CompletableFuture<Void> syncing = CompletableFuture.runAsync(() -> device.sync(FIRST));
            hold.awaitCaller();

            device.close();
            assertThatNoException().isThrownBy(() -> open(this.faulty).close());

            assertThat(syncing).isNotDone();
            hold.fail();
            assertThat(syncing.handle((nothing, failure) -> failure).get(1, TimeUnit.MINUTES)).isNotNull();
        }
    }

    @Test
    void deletingDoesNotWaitForAReader() throws Exception {
        try (LogDevice device = open(this.faulty)) {
            write(device, FIRST, 10);
            try (Hold hold = this.faulty.hold(FileCall.READ)) {
                CompletableFuture<byte[]> reading = CompletableFuture.supplyAsync(() -> read(device, FIRST, 0, 10));
                hold.awaitCaller();

                device.delete(FIRST);
                assertThat(reading).isNotDone();
                hold.release();

                assertThat(reading.get(1, TimeUnit.MINUTES)).isEqualTo(content(10));
            }
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(device, FIRST, 0, 10));
        }
    }

    @Test
    void aReaderThatOpensADeletedSegmentLeavesNoHandleBehind() throws Exception {
        HandleCounter counter = new HandleCounter(this.files);
        FaultyFiles holding = new FaultyFiles(counter);
        try (LogDevice device = open(holding)) {
            write(device, FIRST, 10);
            write(device, SECOND, 10);
            int before = counter.open();
            try (Hold hold = holding.hold(FileCall.OPEN_FOR_READING)) {
                CompletableFuture<byte[]> reading = CompletableFuture.supplyAsync(() -> read(device, FIRST, 0, 10));
                hold.awaitCaller();
                device.delete(FIRST);
                hold.release();

                assertThat(reading.handle((bytes, failure) -> failure).get(1, TimeUnit.MINUTES))
                    .hasCauseInstanceOf(CorruptStateException.class);
            }
            assertThat(counter.open()).isEqualTo(before);
        }
    }

    @Test
    void aFailedReadDoesNotSpoilTheNext() {
        try (LogDevice device = open(this.faulty)) {
            write(device, FIRST, 10);
            for (FileCall kind : List.of(FileCall.OPEN_FOR_READING, FileCall.READ, FileCall.SIZE)) {
                this.faulty.failCall(kind, 1);
                assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> {
                    device.length(FIRST);
                    read(device, FIRST, 0, 10);
                });

                assertThat(read(device, FIRST, 0, 10)).isEqualTo(content(10));
            }
        }
    }

    @Test
    void aDirectoryReplacedUnderTheWriterBelongsToTheOther() {
        LogDevice device = open(this.files);
        write(device, FIRST, 10);
        this.files.deleteAll(DIRECTORY);
        this.files.replace(file("flowstate.lock"), new byte[0]);
        this.files.replace(DIRECTORY.resolve(FIRST.name() + ".seg"), content(20));

        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> device.delete(FIRST));
        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> device.create(SECOND));
        assertThatExceptionOfType(FencedException.class)
            .isThrownBy(() -> device.committed(new CommittedVersion(new UUID(1, 2), 1)));
        device.close();

        assertThat(this.files.paths()).containsExactly(file("flowstate.lock"), file(FIRST.name() + ".seg"));
    }

    @Test
    void aPowerCutLeavesAllThatWasSynced() {
        RecordingFiles recording = new RecordingFiles(this.files);
        SplittableRandom random = new SplittableRandom(6);
        try (LogDevice device = open(recording)) {
            Map<LogSegment, Long> lengths = new HashMap<>();
            List<LogSegment> segments = new ArrayList<>();
            for (int step = 0; step < 60; step++) {
                if (segments.isEmpty() || random.nextInt(6) == 0) {
                    segments.add(numbered(segments.size()));
                    device.create(segments.get(segments.size() - 1));
                }
                LogSegment segment = segments.get(Math.max(0, segments.size() - 1 - random.nextInt(2)));
                long length = lengths.getOrDefault(segment, 0L);
                int count = random.nextInt(1, 2000);
                device.write(segment, length, ByteBuffer.wrap(content(length, count)));
                lengths.put(segment, length + count);
                if (random.nextInt(3) == 0) {
                    device.sync(segment);
                    recording.mark(Map.entry(segment, length + count));
                }
            }
        }

        for (int cut = 0; cut <= recording.operations(); cut++) {
            Map<LogSegment, Long> durable = new HashMap<>();
            for (Object mark : recording.marksBefore(cut)) {
                Map.Entry<?, ?> entry = (Map.Entry<?, ?>) mark;
                durable.put((LogSegment) entry.getKey(), (Long) entry.getValue());
            }
            for (int attempt = 0; attempt < 5; attempt++) {
                try (LogDevice reopened = open(recording.rebuild(cut, random))) {
                    Set<LogSegment> found = new HashSet<>(reopened.segments());
                    assertThat(found).containsAll(durable.keySet());
                    durable.forEach((segment, length) -> assertThat(read(reopened, segment, 0, length.intValue()))
                        .isEqualTo(content(0, length.intValue())));
                }
            }
        }
    }

    private static LogDevice open(LocalFiles files) {
        return LogDeviceFactory.local(DIRECTORY, files).open("test");
    }

    private static Path file(String name) {
        return DIRECTORY.resolve(name);
    }

    private static LogSegment numbered(int number) {
        return new LogSegment("record", 1, number, 64 + number * 4096L);
    }

    private static void write(LogDevice device, LogSegment segment, int length) {
        device.create(segment);
        device.write(segment, 0, ByteBuffer.wrap(content(length)));
        device.sync(segment);
    }

    private static byte[] read(LogDevice device, LogSegment segment, long position, int length) {
        ByteBuffer target = ByteBuffer.allocate(length);
        device.read(segment, position, target);
        return target.array();
    }

    private static byte[] content(int length) {
        return content(0, length);
    }

    private static byte[] content(long position, int length) {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) ((position + i) * 31 + 7);
        }
        return content;
    }

}
