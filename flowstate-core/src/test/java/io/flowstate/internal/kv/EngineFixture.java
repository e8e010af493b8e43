package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.index.IndexMemory;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;

/**
 * A record engine of the smallest size on a device in memory, with any hash.
 */
final class EngineFixture implements AutoCloseable {

    static final int PAGE_BYTES = 4096;

    private static final UUID STORE_ID = new UUID(1, 2);

    private final LogDevice device;

    private final LogFlusher flusher;

    private final LogSegments segments;

    private final HybridLog log;

    private final Gate gate;

    private final RecordEngine engine;

    private final long segmentBytes;

    EngineFixture(LogDeviceFactory devices, KeyHash hash, long run, long begin, long end,
            List<SegmentRange> recovered) {
        this(devices, hash, run, begin, end, recovered, PAGE_BYTES);
    }

    private EngineFixture(LogDeviceFactory devices, KeyHash hash, long run, long begin, long end,
            List<SegmentRange> recovered, int pageBytes) {
        this.segmentBytes = 4L * pageBytes;
        this.device = devices.open("test");
        Epochs epochs = new Epochs();
        this.gate = new Gate(epochs, System::nanoTime, Duration.ofMinutes(1));
        ByteBuffer[] frames = new ByteBuffer[4];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = ByteBuffer.allocateDirect(pageBytes).order(ByteOrder.LITTLE_ENDIAN);
        }
        this.log = new HybridLog(epochs, pageBytes, frames.length, begin, end);
        this.log.frames(frames);
        this.segments = new LogSegments(this.device, STORE_ID, "records", run, this.segmentBytes, pageBytes, recovered,
                end, Duration.ofSeconds(10), System::nanoTime);
        this.flusher = new LogFlusher(this.log, this.segments, Duration.ofSeconds(10), System::nanoTime, "test-log");
        this.engine = new RecordEngine(epochs, this.gate, this.log, this.flusher, this.segments,
                new IndexMemory(64 << 20), hash);
    }

    static EngineFixture empty(KeyHash hash) {
        return new EngineFixture(LogDeviceFactory.inMemory(), hash, 1, LogAddress.FIRST, LogAddress.FIRST, List.of());
    }

    static EngineFixture empty(KeyHash hash, int pageBytes) {
        return new EngineFixture(LogDeviceFactory.inMemory(), hash, 1, LogAddress.FIRST, LogAddress.FIRST, List.of(),
                pageBytes);
    }

    RecordEngine engine() {
        return this.engine;
    }

    /** A state without records. */
    RecordStore store(int id) {
        RecordStore store = new RecordStore(this.engine, "state " + id);
        store.table(new RecordTable(this.engine, id, 1));
        return store;
    }

    /** Recovers states from the whole log. */
    void recover(long begin, long end, IntFunction<RecordStore> stores) {
        RecoveryProgress unheard = new RecoveryProgress((bytesRead, bytesToRead) -> {
        });
        new RecordRecovery(this.engine, this.segments, stores, unheard).recover(null, begin, end);
    }

    HybridLog log() {
        return this.log;
    }

    LogSegments segments() {
        return this.segments;
    }

    /** What a checkpoint does to the log. */
    long cutAndFlush() {
        while (!this.gate.tryClose(Duration.ofSeconds(1))) {
            Thread.onSpinWait();
        }
        long cut;
        try {
            cut = this.log.cut();
        }
        finally {
            this.gate.open();
        }
        this.flusher.flushUntil(cut, Duration.ofSeconds(10));
        return cut;
    }

    /** Cleans all that is flushed, as if no checkpoint were kept. */
    void clean(IntFunction<RecordStore> stores) {
        RecordCleaner cleaner = new RecordCleaner(this.engine, stores);
        long limit = this.log.flushedUntil(); // what is copied is flushed too
        while (cleaner.step(limit)) {
            Thread.onSpinWait();
        }
        this.segments.retain(this.log.begin(), List.of(), List.of());
        this.segments.deleteReleased();
    }

    @Override
    public void close() {
        this.engine.close();
        this.segments.close();
        this.flusher.close();
        this.device.close();
    }

}
