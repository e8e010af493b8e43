package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjIntConsumer;
import java.util.zip.CRC32C;

import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.DeviceCall;
import io.flowstate.testing.FaultyLogDevices;
import io.flowstate.testing.Hold;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Reads of a device that answers late or never.
 */
@Timeout(60)
class DeviceReadsTest {

    private static final LogSegment SEGMENT = new LogSegment("records", 1, 0, LogAddress.FIRST);

    private static final SegmentRange RANGE = new SegmentRange(SEGMENT, LogAddress.FIRST + 4096);

    private static final Duration SHORT = Duration.ofMillis(100);

    private static final Duration LONG = Duration.ofSeconds(50);

    private final FaultyLogDevices devices = new FaultyLogDevices(LogDeviceFactory.inMemory());

    private final LogDevice device = this.devices.open("test");

    private final List<DeviceReads> opened = new ArrayList<>();

    DeviceReadsTest() {
        this.device.create(SEGMENT);
        ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES + 4096);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) i);
        }
        this.device.write(SEGMENT, 0, bytes);
        this.device.sync(SEGMENT);
    }

    @AfterEach
    void close() {
        this.opened.forEach(DeviceReads::close);
        this.device.close();
    }

    private DeviceReads reads(LogDevice device, Duration timeout) {
        DeviceReads reads = new DeviceReads(device, timeout, System::nanoTime);
        this.opened.add(reads);
        return reads;
    }

    private static void assertReads(DeviceReads reads, int position) {
        ByteBuffer target = ByteBuffer.allocate(8);
        reads.read(SEGMENT, position, target);
        assertThat(target.remaining()).isZero();
        assertThat(target.get(3)).isEqualTo((byte) (position + 3));
    }

    private static void assertTimesOut(Runnable read) {
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(read::run)
            .withMessageContaining("device-timeout")
            .withMessageContaining("reading memory:records-");
    }

    @Test
    void whatTheDeviceSaysIsHandedOn() {
        DeviceReads reads = reads(this.device, LONG);

        assertReads(reads, 17);
        assertThat(reads.length(SEGMENT)).isEqualTo(SegmentHeader.BYTES + 4096);
        this.devices.failCall(DeviceCall.READ, 1);

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> assertReads(reads, 0))
            .withMessage("READ was made to fail");
        assertReads(reads, 5);
    }

    @Test
    void aReadThatHangsEndsWithAnErrorAndOthersGoOn() {
        DeviceReads reads = reads(this.device, SHORT);
        try (Hold hold = this.devices.hold(DeviceCall.READ)) {
            assertTimesOut(() -> assertReads(reads, 0));
            assertThat(hold.hasCaller()).isTrue();

            assertThat(reads.length(SEGMENT)).isPositive();
        }
        assertReads(reads, 1);
    }

    @Test
    void anInterruptNeitherEndsTheWaitNorIsLost() {
        DeviceReads reads = reads(this.device, SHORT);
        try (Hold hold = this.devices.hold(DeviceCall.LENGTH)) {
            Thread.currentThread().interrupt();
            assertTimesOut(() -> reads.length(SEGMENT));
            assertThat(hold.hasCaller()).isTrue();
            assertThat(Thread.interrupted()).isTrue();
        }
        Thread.currentThread().interrupt();
        assertReads(reads, 9);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void readsBeyondTheLastReaderEndWithAnErrorToo() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        CountDownLatch released = new CountDownLatch(1);
        DeviceReads reads = reads(new DeviceOf(this.device, (target, number) -> {
            inside.incrementAndGet();
            awaitUninterruptibly(released);
        }), SHORT);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < DeviceReads.MAX_READERS + 8; i++) {
            Thread thread = new Thread(() -> {
                try {
                    assertReads(reads, 0);
                }
                catch (Throwable ex) {
                    failures.add(ex);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(inside).hasValue(DeviceReads.MAX_READERS);
        assertThat(failures).hasSize(DeviceReads.MAX_READERS + 8)
            .allSatisfy((failure) -> assertThat(failure).isInstanceOf(StorageUnavailableException.class));
        assertTimesOut(() -> assertReads(reads, 0));
        assertTimesOut(() -> reads.readAll(List.of(new SegmentRead(RANGE, LogAddress.FIRST, ByteBuffer.allocate(1)),
                new SegmentRead(RANGE, LogAddress.FIRST, ByteBuffer.allocate(1)))));
        assertThat(inside).hasValue(DeviceReads.MAX_READERS);

        released.countDown();

        DeviceReads patient = reads(this.device, LONG);
        assertReads(patient, 3);
    }

    @Test
    void manyReadsAreDoneAtOnce() {
        CyclicBarrier all = new CyclicBarrier(DeviceReads.MAX_CALLS_OF_BATCH);
        DeviceReads reads = reads(new DeviceOf(this.device, (target, number) -> await(all)), LONG);

        List<SegmentRead> batch = batch(4 * DeviceReads.MAX_CALLS_OF_BATCH);
        reads.readAll(batch);

        assertFilled(batch);
    }

    @Test
    void aBatchLargerThanTheNumberOfReadersIsDone() {
        List<SegmentRead> batch = batch(1000);

        reads(this.device, LONG).readAll(batch);

        assertFilled(batch);
        assertThat(this.devices.calls(DeviceCall.READ)).isEqualTo(1000);
    }

    @Test
    void theFirstFailureOfABatchIsThrownAfterTheOthersHaveEnded() {
        AtomicInteger ended = new AtomicInteger();
        DeviceReads reads = reads(new DeviceOf(this.device, (target, number) -> {
            ended.incrementAndGet();
            if (number == 3) {
                throw new StorageUnavailableException("the third");
            }
        }), LONG);

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> reads.readAll(batch(100)))
            .withMessage("the third");

        int count = ended.get();
        assertReads(reads, 0);
        assertThat(ended).as("no read of the batch came later").hasValue(count + 1);
    }

    private static List<SegmentRead> batch(int count) {
        List<SegmentRead> batch = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batch.add(new SegmentRead(RANGE, LogAddress.FIRST + i, ByteBuffer.allocate(4)));
        }
        return batch;
    }

    private static void assertFilled(List<SegmentRead> batch) {
        for (SegmentRead read : batch) {
            assertThat(read.target().remaining()).isZero();
            assertThat(read.target().get(2)).isEqualTo((byte) (RANGE.position(read.address()) + 2));
        }
    }

    @Test
    void aSlowDeviceWithManyCallersIsNotTakenForOneThatHangs() throws Exception {
        // Each answer takes most of the time allowed; the last callers wait for several.
        DeviceReads reads = reads(new DeviceOf(this.device, (target, number) -> awaitFor(new CountDownLatch(1), 15)),
                Duration.ofMillis(400));
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(CompletableFuture.runAsync(() -> reads.readAll(batch(40)), (task) -> new Thread(task).start()));
        }

        for (CompletableFuture<Void> one : all) {
            one.get(50, TimeUnit.SECONDS);
        }
    }

    @Test
    void threadsThatRaceAllGetTheirAnswers() throws Exception {
        DeviceReads reads = reads(this.device, LONG);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int first = i;
            all.add(CompletableFuture.runAsync(() -> {
                for (int j = 0; j < 200; j++) {
                    assertReads(reads, first + j);
                }
            }, (task) -> new Thread(task).start()));
        }

        for (CompletableFuture<Void> one : all) {
            one.get(50, TimeUnit.SECONDS);
        }
    }

    @Test
    void aBufferThatALateAnswerMayStillFillIsNeverUsedAgain() {
        CountDownLatch secondDone = new CountDownLatch(1);
        CountDownLatch scribbled = new CountDownLatch(1);
        LogDevice late = new DeviceOf(this.device, (target, number) -> {
            if (number == 1) {
                awaitUninterruptibly(secondDone);
                ByteBuffer all = target.duplicate().clear();
                while (all.hasRemaining()) {
                    all.put((byte) 0xAA);
                }
                scribbled.countDown();
            }
        });
        ByteBuffer record = ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
        LogSegments segments = segmentsWithOneRecord(late, record);
        DeviceRecord reader = new DeviceRecord();

        assertTimesOut(() -> reader.read(segments, LogAddress.FIRST));
        assertThat(reader.read(segments, LogAddress.FIRST)).isTrue();
        secondDone.countDown();
        awaitUninterruptibly(scribbled);

        assertThat(LogRecord.hasKey(reader.buffer(), 0, new byte[] { 7 }, 1)).isTrue();
        segments.close();
    }

    @Test
    void readsOfADeviceThatDoesNotHangAreHandedOverOnlyWhileOneTakesLong() throws Exception {
        AtomicLong now = new AtomicLong(1);
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        List<String> readers = Collections.synchronizedList(new ArrayList<>());
        DeviceReads reads = new DeviceReads(new DeviceOf(this.device, (target, number) -> {
            readers.add(Thread.currentThread().getName());
            if (number == 2) {
                began.countDown();
                awaitUninterruptibly(released);
            }
        }, false), LONG, now::get);
        assertReads(reads, 0);
        Thread slow = new Thread(() -> assertReads(reads, 1));
        while ((slow.getId() - Thread.currentThread().getId()) % 16 == 0) { // they would
                                                                            // share a
                                                                            // place
            slow = new Thread(() -> assertReads(reads, 1));
        }
        slow.start();
        awaitUninterruptibly(began);
        assertReads(reads, 2);
        assertThat(readers).containsExactly(Thread.currentThread().getName(), slow.getName(),
                Thread.currentThread().getName());

        now.addAndGet(TimeUnit.SECONDS.toNanos(2));
        for (int i = 0; i < 20; i++) { // each looks at another place
            assertReads(reads, i);
        }
        assertThat(readers.get(readers.size() - 1)).startsWith("flowstate-read-");

        released.countDown();
        slow.join();
        assertReads(reads, 3);
        assertThat(readers.get(readers.size() - 1)).isEqualTo(Thread.currentThread().getName());
        reads.close();
    }

    private LogSegments segmentsWithOneRecord(LogDevice late, ByteBuffer page) {
        UUID storeId = new UUID(1, 2);
        int size = (int) LogRecord.size(1, 1);
        LogRecord.initialize(page, 0, size);
        LogRecord.write(page, 0, 1, 0, false, false, new byte[] { 7 }, 1, new byte[] { 8 }, 1);
        LogRecord.writePadding(page, size, 4096 - size);
        LogSegments writing = new LogSegments(this.device, storeId, "records", 2, 1 << 20, 4096, List.of(),
                LogAddress.FIRST, LONG, System::nanoTime);
        CRC32C crc = new CRC32C();
        for (int offset = 0; offset < 4096;) {
            offset += LogRecord.stamp(page, offset, 4096,
                    LogRecord.context(writing.contextSeed(), LogAddress.FIRST + offset), crc);
        }
        writing.write(LogAddress.FIRST, page.duplicate().clear());
        writing.sync();
        List<SegmentRange> ranges = writing.ranges(LogAddress.FIRST, LogAddress.FIRST + 4096);
        writing.close();
        return new LogSegments(late, storeId, "records", 3, 1 << 20, 4096, ranges, LogAddress.FIRST + 4096,
                Duration.ofSeconds(2), System::nanoTime);
    }

    @Test
    void closingWaitsForNobodyAndIdleReadersEnd() throws Exception {
        DeviceReads reads = reads(this.device, SHORT);
        assertReads(reads, 0);
        try (Hold hold = this.devices.hold(DeviceCall.READ)) {
            assertTimesOut(() -> assertReads(reads, 0));
            assertThat(hold.hasCaller()).isTrue();

            reads.close();
            reads.close();

            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> assertReads(reads, 0));
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(50, TimeUnit.SECONDS);
        }
        catch (Exception ex) {
            throw new AssertionError("the others did not come", ex);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        if (!awaitFor(latch, 50_000)) {
            throw new AssertionError("was not let go");
        }
    }

    private static boolean awaitFor(CountDownLatch latch, long millis) {
        try {
            return latch.await(millis, TimeUnit.MILLISECONDS);
        }
        catch (InterruptedException ex) {
            throw new AssertionError("readers are not interrupted", ex);
        }
    }

    /** A device that does something before each read. */
    private static final class DeviceOf implements LogDevice {

        private final LogDevice device;

        private final ObjIntConsumer<ByteBuffer> before;

        private final AtomicInteger reads = new AtomicInteger();

        private final boolean mayHang;

        DeviceOf(LogDevice device, ObjIntConsumer<ByteBuffer> before) {
            this(device, before, true);
        }

        DeviceOf(LogDevice device, ObjIntConsumer<ByteBuffer> before, boolean mayHang) {
            this.device = device;
            this.before = before;
            this.mayHang = mayHang;
        }

        @Override
        public boolean mayHang() {
            return this.mayHang;
        }

        @Override
        public Collection<LogSegment> segments() {
            return this.device.segments();
        }

        @Override
        public void create(LogSegment segment) {
            this.device.create(segment);
        }

        @Override
        public void write(LogSegment segment, long position, ByteBuffer bytes) {
            this.device.write(segment, position, bytes);
        }

        @Override
        public void sync(LogSegment segment) {
            this.device.sync(segment);
        }

        @Override
        public void read(LogSegment segment, long position, ByteBuffer target) {
            this.before.accept(target, this.reads.incrementAndGet());
            this.device.read(segment, position, target);
        }

        @Override
        public long length(LogSegment segment) {
            return this.device.length(segment);
        }

        @Override
        public void delete(LogSegment segment) {
            this.device.delete(segment);
        }

        @Override
        public String describe(LogSegment segment) {
            return this.device.describe(segment);
        }

        @Override
        public void committed(CommittedVersion note) {
            this.device.committed(note);
        }

        @Override
        public void close() {
        }

    }

}
