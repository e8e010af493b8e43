package io.flowstate.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StateLockedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What every {@link LogDevice} keeps. A test of a new one extends this and says where its
 * devices are opened.
 */
public abstract class LogDeviceContract {

    private static final LogSegment FIRST = new LogSegment("record", 1, 0, 64);

    private static final LogSegment SECOND = new LogSegment("record", 1, 1, 1 << 20);

    private static final LogSegment OTHER_LOG = new LogSegment("page", 1, 0, 64);

    private LogDeviceFactory factory;

    private LogDevice device;

    /**
     * Creates the factory of an empty place.
     * @return a factory, asked for once in each test
     */
    protected abstract LogDeviceFactory createFactory();

    /**
     * Whether a later opening finds what an earlier one wrote, and one opener excludes
     * the others.
     * @return false for temporary devices
     */
    protected boolean keepsContent() {
        return true;
    }

    @BeforeEach
    final void openDevice() {
        this.factory = createFactory();
        this.device = this.factory.open("the first opener");
    }

    @AfterEach
    final void closeDevice() {
        this.device.close();
    }

    @Test
    void whatWasWrittenAndSyncedIsRead() {
        byte[] content = bytes(1, 300_000);

        this.device.create(FIRST);
        this.device.write(FIRST, 0, ByteBuffer.wrap(content, 0, 1000));
        this.device.write(FIRST, 1000, ByteBuffer.allocateDirect(199_000).put(content, 1000, 199_000).flip());
        this.device.write(FIRST, 200_000, ByteBuffer.wrap(content).slice(200_000, 100_000).asReadOnlyBuffer());
        this.device.sync(FIRST);

        assertThat(read(FIRST, 0, 300_000)).isEqualTo(content);
        assertThat(read(FIRST, 1234, 5000)).isEqualTo(Arrays.copyOfRange(content, 1234, 6234));
        assertThat(this.device.length(FIRST)).isEqualTo(300_000);
    }

    @Test
    void aReadFillsTheBufferFromItsPositionToItsLimit() {
        byte[] content = bytes(2, 200_000);
        write(FIRST, content);

        for (ByteBuffer target : List.of(ByteBuffer.allocate(200_004), ByteBuffer.allocateDirect(200_004))) {
            target.position(1).limit(200_000);
            this.device.read(FIRST, 1, target);

            assertThat(target.hasRemaining()).isFalse();
            target.clear();
            assertThat(target.get(0)).isZero();
            assertThat(target.getInt(200_000)).isZero();
            byte[] found = new byte[199_999];
            target.get(1, found);
            assertThat(found).isEqualTo(Arrays.copyOfRange(content, 1, 200_000));
        }
    }

    @Test
    void theBufferMayBeUsedAgainAfterAWrite() {
        ByteBuffer buffer = ByteBuffer.wrap("first".getBytes(StandardCharsets.US_ASCII));
        this.device.create(FIRST);

        this.device.write(FIRST, 0, buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        buffer.clear().put("other".getBytes(StandardCharsets.US_ASCII)).flip();
        this.device.write(FIRST, 5, buffer);
        this.device.sync(FIRST);

        assertThat(read(FIRST, 0, 10)).asString(StandardCharsets.US_ASCII).isEqualTo("firstother");
    }

    @Test
    void readingBeyondTheEndIsDamage() {
        write(FIRST, bytes(3, 100));

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(FIRST, 90, 20)).satisfies((ex) -> {
            assertThat(ex.resource()).isEqualTo(this.device.describe(FIRST));
            assertThat(ex.offset()).isEqualTo(100);
            assertThat(ex.expected()).contains("20 bytes");
            assertThat(ex.found()).contains("10");
        });
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(FIRST, 1L << 40, 1));
        assertThat(read(FIRST, 90, 10)).hasSize(10);
        assertThat(read(FIRST, 100, 0)).isEmpty();
    }

    @Test
    void aMissingSegmentIsDamage() {
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(FIRST, 0, 1))
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(this.device.describe(FIRST)));
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> this.device.length(FIRST));
    }

    @Test
    void aDeletedSegmentIsMissing() {
        write(FIRST, bytes(4, 100));
        write(SECOND, bytes(5, 100));
        read(FIRST, 0, 100);

        this.device.delete(FIRST);

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> read(FIRST, 0, 1));
        assertThat(this.device.segments()).containsExactly(SECOND);
        assertThat(read(SECOND, 0, 100)).isEqualTo(bytes(5, 100));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.device.write(FIRST, 100, ByteBuffer.wrap(bytes(4, 1))));
    }

    @Test
    void deletingWhatDoesNotExistIsPassedOver() {
        this.device.delete(FIRST);
        this.device.delete(FIRST);

        assertThat(this.device.segments()).isEmpty();
    }

    @Test
    void segmentsListsWhatExists() {
        assertThat(this.device.segments()).isEmpty();

        write(FIRST, bytes(6, 10));
        write(OTHER_LOG, bytes(7, 10));
        write(SECOND, bytes(8, 10));

        assertThat(this.device.segments()).containsExactlyInAnyOrder(FIRST, SECOND, OTHER_LOG);
    }

    @Test
    void logsAreWrittenSideBySide() {
        this.device.create(FIRST);
        this.device.create(OTHER_LOG);
        this.device.write(FIRST, 0, ByteBuffer.wrap(bytes(9, 10)));
        this.device.write(OTHER_LOG, 0, ByteBuffer.wrap(bytes(10, 20)));
        this.device.sync(FIRST);
        this.device.create(SECOND);
        this.device.write(SECOND, 0, ByteBuffer.wrap(bytes(11, 30)));
        this.device.write(FIRST, 10, ByteBuffer.wrap(bytes(12, 40)));
        this.device.sync(SECOND);
        this.device.sync(FIRST);
        this.device.sync(OTHER_LOG);

        assertThat(read(FIRST, 0, 10)).isEqualTo(bytes(9, 10));
        assertThat(read(FIRST, 10, 40)).isEqualTo(bytes(12, 40));
        assertThat(read(OTHER_LOG, 0, 20)).isEqualTo(bytes(10, 20));
        assertThat(read(SECOND, 0, 30)).isEqualTo(bytes(11, 30));
    }

    @Test
    void aSegmentIsCreatedOnce() {
        write(FIRST, bytes(13, 10));

        assertThatIllegalArgumentException().isThrownBy(() -> this.device.create(FIRST));

        assertThat(read(FIRST, 0, 10)).isEqualTo(bytes(13, 10));
    }

    @Test
    void aSegmentIsWrittenAtItsEndOnly() {
        write(FIRST, bytes(14, 10));

        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.device.write(FIRST, 9, ByteBuffer.wrap(bytes(15, 10))));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.device.write(FIRST, 11, ByteBuffer.wrap(bytes(15, 10))));
        assertThatIllegalArgumentException().isThrownBy(() -> read(FIRST, -1, 1));

        this.device.write(FIRST, 10, ByteBuffer.wrap(bytes(15, 10)));
        this.device.sync(FIRST);
        assertThat(read(FIRST, 0, 10)).isEqualTo(bytes(14, 10));
        assertThat(read(FIRST, 10, 10)).isEqualTo(bytes(15, 10));
    }

    @Test
    void aSegmentThatWasNotCreatedIsNotWritten() {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.device.write(FIRST, 0, ByteBuffer.wrap(bytes(16, 1))));
        assertThatIllegalArgumentException().isThrownBy(() -> this.device.sync(FIRST));
    }

    @Test
    void whatWasSyncedIsFoundByTheNextOpening() {
        assumeTrue(keepsContent(), "holds for devices that keep their content");
        write(FIRST, bytes(17, 5000));
        write(OTHER_LOG, bytes(18, 50));

        reopen();

        assertThat(this.device.segments()).containsExactlyInAnyOrder(FIRST, OTHER_LOG);
        assertThat(read(FIRST, 0, 5000)).isEqualTo(bytes(17, 5000));
        assertThat(this.device.length(OTHER_LOG)).isEqualTo(50);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.device.write(FIRST, 5000, ByteBuffer.wrap(bytes(19, 1))));
        assertThatIllegalArgumentException().isThrownBy(() -> this.device.create(FIRST));
        this.device.delete(FIRST);
        assertThat(this.device.segments()).containsExactly(OTHER_LOG);
    }

    @Test
    void temporaryContentIsNotFoundByTheNextOpening() {
        assumeTrue(!keepsContent(), "holds for temporary devices");
        write(FIRST, bytes(20, 10));

        reopen();

        assertThat(this.device.segments()).isEmpty();
    }

    @Test
    void aSecondOpenerIsRefusedAndDisturbsNothing() {
        assumeTrue(keepsContent(), "holds for devices that keep their content");
        write(FIRST, bytes(21, 10));

        for (int attempt = 0; attempt < 3; attempt++) {
            assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> this.factory.open("the second"))
                .satisfies((ex) -> assertThat(ex.owner()).isEqualTo("the first opener"));
        }

        this.device.write(FIRST, 10, ByteBuffer.wrap(bytes(22, 10)));
        this.device.sync(FIRST);
        assertThat(read(FIRST, 10, 10)).isEqualTo(bytes(22, 10));
        this.device.close();
        this.factory.open("the second").close();
    }

    @Test
    void temporaryDevicesDoNotMeet() {
        assumeTrue(!keepsContent(), "holds for temporary devices");
        write(FIRST, bytes(23, 10));

        try (LogDevice other = this.factory.open("the second")) {
            assertThat(other.segments()).isEmpty();
            other.create(FIRST);
            assertThat(other.length(FIRST)).isZero();
        }

        assertThat(read(FIRST, 0, 10)).isEqualTo(bytes(23, 10));
    }

    @Test
    void aClosedDeviceRefusesEverything() {
        write(FIRST, bytes(24, 10));

        this.device.close();
        this.device.close();

        assertThatIllegalStateException().isThrownBy(() -> this.device.segments());
        assertThatIllegalStateException().isThrownBy(() -> this.device.create(SECOND));
        assertThatIllegalStateException().isThrownBy(() -> this.device.write(FIRST, 10, ByteBuffer.wrap(bytes(25, 1))));
        assertThatIllegalStateException().isThrownBy(() -> this.device.sync(FIRST));
        assertThatIllegalStateException().isThrownBy(() -> read(FIRST, 0, 1));
        assertThatIllegalStateException().isThrownBy(() -> this.device.length(FIRST));
        assertThatIllegalStateException().isThrownBy(() -> this.device.delete(FIRST));
    }

    @Test
    void closingALateDeviceDoesNotGiveFreeTheNextOne() {
        assumeTrue(keepsContent(), "holds for devices that keep their content");
        LogDevice late = this.device;
        reopen();

        late.close();

        assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> this.factory.open("a third"));
    }

    @Test
    void theCommittedVersionIsNoted() {
        assumeTrue(keepsContent() && this.device.notesCommitted(), "holds for devices that keep the note");
        assertThat(this.device.committed()).isEmpty();

        this.device.committed(noted(0));
        assertThat(this.device.committed()).hasValue(noted(0));
        for (long version = 1; version < 6; version++) {
            this.device.committed(noted(version));
            assertThat(this.device.committed()).hasValue(noted(version));
            reopen();
            assertThat(this.device.committed()).hasValue(noted(version));
        }
        this.device.committed(noted(100));
        this.device.committed(noted(100));
        assertThat(this.device.committed()).hasValue(noted(100));
        assertThatIllegalArgumentException().isThrownBy(() -> this.device.committed(noted(99)));
        assertThatIllegalArgumentException().isThrownBy(() -> noted(-1));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.device.committed(new CommittedVersion(new UUID(3, 4), 101)));

        reopen();
        assertThat(this.device.committed()).hasValue(noted(100));
        this.device.committed(noted(0));
        assertThat(this.device.committed()).hasValue(noted(0));
        CommittedVersion newStore = new CommittedVersion(new UUID(3, 4), 0);
        this.device.committed(newStore);
        assertThat(this.device.committed()).hasValue(newStore);
        reopen();
        assertThat(this.device.committed()).hasValue(newStore);
    }

    private static CommittedVersion noted(long version) {
        return new CommittedVersion(new UUID(1, 2), version);
    }

    @Test
    void aDeviceWithoutTheNoteSaysSo() {
        assumeTrue(!this.device.notesCommitted(), "holds for devices that keep no note");

        this.device.committed(noted(7));

        assertThat(this.device.committed()).isEmpty();
    }

    @Test
    void anInterruptedThreadReadsAndLeavesTheDeviceUsable() throws Exception {
        byte[] content = bytes(26, 10_000);
        write(FIRST, content);
        write(SECOND, content);

        Thread.currentThread().interrupt();
        try {
            byte[] found = read(FIRST, 0, 10_000);
            assertThat(this.device.length(SECOND)).isEqualTo(10_000);

            assertThat(found).isEqualTo(content);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        }
        finally {
            Thread.interrupted();
        }
        assertThat(read(FIRST, 0, 10_000)).isEqualTo(content);
        assertThat(read(SECOND, 0, 10_000)).isEqualTo(content);
    }

    @Test
    void readersOfADeletedSegmentGetItsBytesOrDamage() throws Exception {
        int segments = 60;
        for (int number = 0; number < segments; number++) {
            write(numbered(number), bytes(number, 4096));
        }
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> readers = new ArrayList<>();
            for (int seed = 0; seed < 2; seed++) {
                Random random = new Random(seed);
                readers.add(threads.submit(() -> readUntilAllAreGone(random, segments)));
            }
            Future<?> deleter = threads.submit(() -> {
                for (int number = 0; number < segments; number++) {
                    this.device.delete(numbered(number));
                }
            });

            deleter.get(1, TimeUnit.MINUTES);
            for (Future<?> reader : readers) {
                reader.get(1, TimeUnit.MINUTES);
            }
            assertThat(this.device.segments()).isEmpty();
        }
        finally {
            threads.shutdownNow();
        }
    }

    private void readUntilAllAreGone(Random random, int segments) {
        boolean[] gone = new boolean[segments];
        int left = segments;
        while (left > 0) {
            int number = random.nextInt(segments);
            try {
                byte[] found = read(numbered(number), 1024, 3072);
                assertThat(found).isEqualTo(Arrays.copyOfRange(bytes(number, 4096), 1024, 4096));
                assertThat(gone[number]).as("segment %s came back", number).isFalse();
            }
            catch (CorruptStateException ex) {
                left -= gone[number] ? 0 : 1;
                gone[number] = true;
            }
        }
    }

    private static LogSegment numbered(int number) {
        return new LogSegment("record", 1, number, 64 + number * 4096L);
    }

    private void reopen() {
        this.device.close();
        this.device = this.factory.open("the first opener");
    }

    private void write(LogSegment segment, byte[] content) {
        this.device.create(segment);
        this.device.write(segment, 0, ByteBuffer.wrap(content));
        this.device.sync(segment);
    }

    private byte[] read(LogSegment segment, long position, int length) {
        ByteBuffer target = ByteBuffer.allocate(length);
        this.device.read(segment, position, target);
        return target.array();
    }

    private static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

}
