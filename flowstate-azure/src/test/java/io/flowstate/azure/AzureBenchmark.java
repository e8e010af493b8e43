package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.ParallelTransferOptions;
import com.azure.storage.blob.options.BlobParallelUploadOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;

/**
 * How long checkpoints and restores take beside what the SDK does with the same bytes, in
 * an emulator in memory. Expected: a checkpoint is about as quick as the quickest plain
 * upload, since it sends the same bytes in parallel and only stamps checksums on the way;
 * an opening reads no more than the replay limit and the snapshot, so it does not grow
 * with the state. No part of the tests: see the README of this module for the command and
 * what it said.
 */
@ExtendWith(Azurite.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AzureBenchmark {

    private static final int ROUNDS = Integer.getInteger("flowstate.benchmark.rounds", 7);

    private static final int CHECKPOINT_MEGABYTES = Integer.getInteger("flowstate.benchmark.checkpoint", 64);

    private static final int STATE_MEGABYTES = Integer.getInteger("flowstate.benchmark.state", 1024);

    private static final int VALUE_BYTES = 1000;

    private final BlobContainerClient container = Azurite.newContainer();

    private final SplittableRandom random = new SplittableRandom(1);

    @TempDir
    Path local;

    @Test
    @Order(1)
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void checkpoint() {
        say("checkpoints of %d MB beside plain uploads of the same bytes", CHECKPOINT_MEGABYTES);
        List<Double> single = new ArrayList<>();
        List<Double> parallel = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        try (StateManager state = open("checkpoint", 256L << 20, null)) {
            MapState<Integer, byte[]> map = map(state);
            for (int round = -2; round < ROUNDS; round++) { // two to warm up
                for (int i = 0; i < CHECKPOINT_MEGABYTES * 1000; i++) {
                    map.put(i, value());
                }
                long written = state.stats().device().bytesWritten();
                long start = System.nanoTime();
                state.checkpoint();
                double checkpointSeconds = seconds(start);
                int bytes = (int) (state.stats().device().bytesWritten() - written);
                byte[] same = new byte[bytes];
                this.random.nextBytes(same);
                double singleRate = rate(bytes, upload(same, new ParallelTransferOptions()));
                double parallelRate = rate(bytes,
                        upload(same,
                                new ParallelTransferOptions().setBlockSizeLong(4L << 20)
                                    .setMaxSingleUploadSizeLong(4L << 20)
                                    .setMaxConcurrency(4)));
                double ourRate = rate(bytes, checkpointSeconds);
                say("%s %4d MB: checkpoint %6.1f MB/s, upload in one %6.1f, in blocks %6.1f",
                        (round < 0) ? "warm-up" : "round  ", bytes >> 20, ourRate, singleRate, parallelRate);
                if (round >= 0) {
                    single.add(singleRate);
                    parallel.add(parallelRate);
                    ours.add(ourRate);
                }
            }
        }
        double plain = Math.max(median(single), median(parallel));
        say("medians: checkpoint %.1f MB/s, upload in one %.1f, in blocks %.1f; ratio to the quicker %.2f",
                median(ours), median(single), median(parallel), median(ours) / plain);
    }

    private double upload(byte[] bytes, ParallelTransferOptions options) {
        BlobClient blob = this.container.getBlobClient("plain");
        long start = System.nanoTime();
        blob.uploadWithResponse(
                new BlobParallelUploadOptions(BinaryData.fromBytes(bytes)).setParallelTransferOptions(options), null,
                null);
        return seconds(start);
    }

    @Test
    @Order(2)
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void restore() {
        int entries = STATE_MEGABYTES * 1000;
        long start = System.nanoTime();
        long stateBytes;
        try (StateManager state = open("restore", 64L << 20, null)) {
            MapState<Integer, byte[]> map = map(state);
            for (int i = 0; i < entries; i++) {
                map.put(i, value());
            }
            state.checkpoint();
            state.checkpoint(); // with the snapshot that was taken behind the first
            stateBytes = state.stats().device().recordBytes();
        }
        say("restore of %d MB: %d entries written in %.1f s", stateBytes >> 20, entries, seconds(start));

        start = System.nanoTime();
        try (StateManager state = open("restore", 64L << 20, this.local.resolve("cache"))) {
            double opened = seconds(start);
            Map<String, Long> atOpening = state.stats().device().requests();
            say("opened on an empty disk in %.2f s, %d MB read, requests %s", opened,
                    state.stats().replayedBytes() >> 20, shown(atOpening, Map.of()));
            MapState<Integer, byte[]> map = map(state);
            start = System.nanoTime();
            check(map, this.random.nextInt(entries));
            say("first read after %.1f ms more", 1000 * seconds(start));
            start = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                check(map, this.random.nextInt(entries));
            }
            Map<String, Long> early = state.stats().device().requests();
            say("100 reads at random in %.2f s, requests %s, before all is there", seconds(start),
                    shown(early, atOpening));
            start = System.nanoTime();
            for (int i = 0; i < entries; i += 1000) {
                map.getAll(IntStream.range(i, i + 1000).boxed().toList(), AzureBenchmark::check);
            }
            double all = seconds(start);
            say("all read in %.1f s, %.1f MB/s, requests %s", all, rate(stateBytes, all),
                    shown(state.stats().device().requests(), early));
            start = System.nanoTime();
            long plain = download();
            say("plain download of %d MB: %.1f MB/s", plain >> 20, rate(plain, seconds(start)));
        }
        start = System.nanoTime();
        try (StateManager state = open("restore", 64L << 20, this.local.resolve("cache"))) {
            say("opened again with the cache in %.2f s, requests %s", seconds(start),
                    shown(state.stats().device().requests(), Map.of()));
        }
    }

    private static void check(MapState<Integer, byte[]> map, int key) {
        check(key, map.get(key));
    }

    private static void check(Integer key, byte @Nullable [] value) {
        if (value == null || value.length != VALUE_BYTES) {
            throw new AssertionError("key " + key);
        }
    }

    /** Each blob of the log as a whole, one after the other. */
    private long download() {
        return this.container.listBlobs()
            .stream()
            .filter((blob) -> blob.getName().startsWith("restore/hlog.log/"))
            .mapToLong((blob) -> this.container.getBlobClient(blob.getName()).downloadContent().getLength())
            .sum();
    }

    private static Map<String, Long> shown(Map<String, Long> now, Map<String, Long> before) {
        Map<String, Long> shown = new LinkedHashMap<>();
        now.forEach((kind, count) -> {
            long more = count - before.getOrDefault(kind, 0L);
            if (more > 0) {
                shown.put(kind, more);
            }
        });
        return shown;
    }

    private byte[] value() {
        byte[] value = new byte[VALUE_BYTES];
        this.random.nextBytes(value);
        return value;
    }

    private static MapState<Integer, byte[]> map(StateManager state) {
        return state.scope("benchmark").map("map", Serializers.int32(), Serializers.bytes());
    }

    private StateManager open(String prefix, long memory, @Nullable Path cache) {
        AzureBlobStorage.Builder storage = AzureBlobStorage.builder()
            .container(this.container)
            .prefix(prefix)
            .tryTimeout(Duration.ofSeconds(30))
            .leftoverGrace(Duration.ZERO);
        if (cache != null) {
            storage.cacheDirectory(cache).cacheSize(4L << 30);
        }
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(storage.build().storage())
            .memorySize(memory)
            .pageSize(4 << 20)
            .indexMemory(128 << 20)
            .temporaryDirectory(this.local.resolve("temp"))
            .build());
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double rate(long bytes, double seconds) {
        return bytes / 1e6 / seconds;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElse(0.0);
    }

    private static void say(String format, Object... values) {
        System.out.println("[benchmark] " + String.format(Locale.ROOT, format, values));
    }

}
