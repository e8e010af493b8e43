package io.flowstate.torture;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateManagerStats;
import io.flowstate.compression.Compression;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.Storage;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A store set up as those who come from other libraries do, with 64 MiB of memory in
 * pages of 16 MiB and 10,000 cached pages: more state than that passes through it, and
 * the bounds of memory hold. A gigabyte with
 * {@code -Dflowstate.torture.classicMegabytes=1024}.
 */
class ClassicConfigurationTest {

    private static final String NAME = "classic";

    private static final int VALUE_BYTES = 16 << 10;

    private static final int PER_CHECKPOINT = (32 << 20) / VALUE_BYTES;

    private static final int CACHED_PAGES = 10_000;

    private static final int PAGE_BYTES = 32 << 10;

    @TempDir
    Path base;

    private final int values = Torture.count("classicMegabytes", 160) * ((1 << 20) / VALUE_BYTES);

    private StateManagerOptions options() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.base.resolve("log"), this.base.resolve("checkpoints")))
            .cachePageCount(CACHED_PAGES)
            .memorySize(64L << 20)
            .pageSize(16 << 20)
            .temporaryDirectory(this.base.resolve("temp"))
            .compression(Compression.zlib())
            .build();
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void moreThanTheMemoryPassesThroughIt() {
        long seed = Torture.seed(NAME);
        long mostCached = 0;
        try (StateManager manager = StateManager.open(options())) {
            SortedMapState<Integer, byte[]> sorted = sorted(manager);
            MapState<Integer, byte[]> map = map(manager);
            for (int number = 0; number < this.values; number++) {
                if (number % 2 == 0) {
                    sorted.put(number, value(seed, number));
                }
                else {
                    map.put(number, value(seed, number));
                }
                if (number % PER_CHECKPOINT == PER_CHECKPOINT - 1) {
                    manager.checkpoint();
                }
                if (number % 100 == 0) {
                    mostCached = Math.max(mostCached, checkBounds(manager));
                }
            }
            manager.checkpoint();
        }
        try (StateManager manager = StateManager.open(options())) {
            check(manager, seed);
            mostCached = Math.max(mostCached, checkBounds(manager));
        }
        Torture.say(NAME, "seed %d: %d values of %d KiB; at most %d pages cached", seed, this.values, VALUE_BYTES >> 10,
                mostCached);
    }

    private static SortedMapState<Integer, byte[]> sorted(StateManager manager) {
        return manager.scope("classic").sortedMap("sorted", Serializers.int32(), Serializers.bytes());
    }

    private static MapState<Integer, byte[]> map(StateManager manager) {
        return manager.scope("classic").map("map", Serializers.int32(), Serializers.bytes());
    }

    /** Half of it shrinks. */
    private static byte[] value(long seed, int number) {
        byte[] value = new byte[VALUE_BYTES];
        byte[] random = new byte[VALUE_BYTES / 2];
        new SplittableRandom(seed + number).nextBytes(random);
        System.arraycopy(random, 0, value, 0, random.length);
        return value;
    }

    private long checkBounds(StateManager manager) {
        StateManagerStats stats = manager.stats();
        assertThat(stats.memory().logBytes()).isLessThanOrEqualTo(64L << 20);
        assertThat(stats.pages().cached()).isLessThanOrEqualTo(CACHED_PAGES + 100);
        assertThat(stats.pages().cachedBytes()).isLessThanOrEqualTo((CACHED_PAGES + 100L) * PAGE_BYTES * 2);
        return stats.pages().cached();
    }

    private void check(StateManager manager, long seed) {
        int next = 0;
        try (StateCursor<Integer, byte[]> cursor = sorted(manager).cursor()) {
            for (; cursor.advance(); next += 2) {
                assertThat(cursor.key()).isEqualTo(next);
                assertSame(seed, next, cursor.value());
            }
        }
        assertThat(next).as("where the sorted map ends").isEqualTo(this.values);
        MapState<Integer, byte[]> map = map(manager);
        for (int number = 1; number < this.values; number += 2) {
            byte[] found = map.get(number);
            assertThat(found).as("value %d", number).isNotNull();
            assertSame(seed, number, found);
        }
    }

    private static void assertSame(long seed, int number, byte[] found) {
        assertThat(Arrays.equals(found, value(seed, number))).as("value %d is right", number).isTrue();
    }

}
