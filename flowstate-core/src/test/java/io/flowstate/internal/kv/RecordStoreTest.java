package io.flowstate.internal.kv;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.serialization.Serializers;
import io.flowstate.storage.LogDeviceFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations against a plain map, also with hashes so bad that many keys share a
 * chain, which no good hash shows in a test's lifetime. Memory is four pages of 4 KiB, so
 * that chains reach over to the device.
 */
@Timeout(120)
class RecordStoreTest {

    private static final int KEYS = 200;

    private final Map<String, String> model = new HashMap<>();

    @ParameterizedTest
    @ValueSource(longs = { 1, 2, 3, 7, 50, Long.MAX_VALUE })
    void agreesWithAPlainMapThroughCutsCleaningAndRecovery(long distinctHashes) {
        long seed = 20261122 + distinctHashes;
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        FoldedHash good = new FoldedHash(seed);
        KeyHash hash = (key, length) -> Long.remainderUnsigned(good.of(key, length), distinctHashes) << 17;
        LogDeviceFactory devices = LogDeviceFactory.inMemory();
        long begin = LogAddress.FIRST;
        long end = begin;
        List<SegmentRange> recovered = List.of();
        for (int run = 1; run <= 5; run++) {
            try (EngineFixture fixture = new EngineFixture(devices, hash, run, begin, end, recovered)) {
                RecordStore store = fixture.store(1);
                RecordStore neighbour = fixture.store(2);
                fixture.recover(begin, end, (id) -> (id == 1) ? store : neighbour);
                assertContent(store);
                for (int i = 0; i < 6_000; i++) {
                    operate(store, random, i);
                    if (i % 7 == 0) {
                        put(neighbour, "n" + random.nextInt(KEYS), "other");
                    }
                    if (random.nextInt(300) == 0) {
                        fixture.cutAndFlush();
                        fixture.clean((id) -> (id == 1) ? store : neighbour);
                    }
                }
                assertContent(store);
                end = fixture.cutAndFlush();
                begin = fixture.log().begin();
                recovered = fixture.segments().ranges(begin, end);
            }
        }
        assertThat(begin).isGreaterThan(LogAddress.FIRST);
    }

    private void operate(RecordStore store, SplittableRandom random, int i) {
        String key = "k" + random.nextInt(KEYS);
        String value = "v" + i + "x".repeat(random.nextInt(40));
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                remove(store, key);
                this.model.remove(key);
            }
            case 2 -> {
                append(store, key, "+" + i);
                this.model.merge(key, "+" + i, RecordStoreTest::joined);
            }
            case 3, 4 -> assertThat(get(store, key)).isEqualTo(this.model.get(key));
            default -> {
                put(store, key, value);
                this.model.put(key, value);
            }
        }
    }

    private static String joined(String old, String added) {
        return (old.length() > 100) ? added : old + added;
    }

    private void assertContent(RecordStore store) {
        Map<String, String> found = new HashMap<>();
        RecordCursor cursor = store.cursor();
        while (cursor.advance()) {
            String before = found.put(text(cursor.key()), text(cursor.value()));
            assertThat(before).isNull();
        }
        assertThat(found).isEqualTo(this.model);
        for (int i = 0; i < KEYS; i++) {
            assertThat(get(store, "k" + i)).isEqualTo(this.model.get("k" + i));
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Operation operation(String key) {
        Operation operation = new Operation();
        operation.key().writeBytes(key.getBytes(StandardCharsets.UTF_8));
        return operation;
    }

    private static String get(RecordStore store, String key) {
        Operation operation = operation(key);
        return store.read(operation) ? text(operation.value().readRemaining()) : null;
    }

    private static void put(RecordStore store, String key, String value) {
        Operation operation = operation(key);
        operation.newValue().writeBytes(value.getBytes(StandardCharsets.UTF_8));
        store.put(operation);
    }

    private static void remove(RecordStore store, String key) {
        store.remove(operation(key));
    }

    private static void append(RecordStore store, String key, String added) {
        store.update(operation(key), Serializers.string(), (old) -> (old != null) ? joined(old, added) : added);
    }

}
