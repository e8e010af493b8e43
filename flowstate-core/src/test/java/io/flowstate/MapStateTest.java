package io.flowstate;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.state.ValueState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * The calls of maps, counters and scopes beyond get and put, over a store whose memory is
 * so small that most entries lie on the device.
 */
class MapStateTest {

    private static final int KEYS = 20_000;

    @TempDir
    Path directory;

    private StateManager state;

    private MapState<Integer, String> map;

    @BeforeEach
    void open() {
        this.state = StateManager.open(options());
        this.map = this.state.scope("test").map("map", Serializers.int32(), Serializers.string());
    }

    @AfterEach
    void close() {
        this.state.close();
    }

    private StateManagerOptions options() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(16 << 20)
            .replayLimit(1 << 17)
            .build();
    }

    private static String valueOf(int key) {
        return "value " + key + "x".repeat(key % 50);
    }

    private void fill() {
        for (int key = 0; key < KEYS; key++) {
            this.map.put(key, valueOf(key));
        }
    }

    @Test
    void readHandsOnTheBytesOfAValue() {
        fill();

        for (int key : List.of(0, 7, KEYS - 1)) {
            byte[] read = this.map.read(key, (bytes) -> {
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                return copy;
            });
            assertThat(read).asString().isEqualTo(valueOf(key));
        }
        assertThat(this.map.<Boolean>read(1, ByteBuffer::isReadOnly)).isTrue();
        assertThat(this.map.read(KEYS, ByteBuffer::remaining)).isNull();
    }

    @Test
    void getAllMeetsEachKeyInOrder() {
        fill();
        this.map.remove(5);
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> wanted = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            wanted.add(random.nextInt(KEYS + 100));
        }
        wanted.add(5);

        List<Integer> met = new ArrayList<>();
        this.map.getAll(wanted, (key, value) -> {
            met.add(key);
            assertThat(value).as("key %d with seed %d", key, seed)
                .isEqualTo((key < KEYS && key != 5) ? valueOf(key) : null);
        });

        assertThat(met).isEqualTo(wanted);
    }

    @Test
    void whoIsToldOfABatchMayAskForOthers() {
        fill();
        List<Integer> outer = IntStream.range(0, 200).boxed().toList();
        List<Integer> inner = IntStream.range(KEYS - 100, KEYS).boxed().toList();
        Map<Integer, String> met = new HashMap<>();

        this.map.getAll(outer, (key, value) -> {
            met.put(key, value);
            this.map.getAll(inner, met::put);
            this.map.putAll(Map.of(KEYS + key, valueOf(key)));
        });

        assertThat(met).hasSize(300).allSatisfy((key, value) -> assertThat(value).isEqualTo(valueOf(key)));
        for (int key : outer) {
            assertThat(this.map.get(KEYS + key)).isEqualTo(valueOf(key));
        }
    }

    @Test
    void aBatchLeavesNothingToTheNext() {
        String large = "x".repeat(10_000);
        Map<Integer, String> entries = new LinkedHashMap<>();
        for (int key = 0; key < 100; key++) {
            entries.put(key, large + key);
        }
        this.map.putAll(entries);
        entries.put(7, "x".repeat(StateManagerOptions.MIN_PAGE_SIZE));
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.map.putAll(entries));
        this.map.putAll(Map.of(1_000, "small"));

        Map<Integer, String> met = new HashMap<>();
        this.map.getAll(List.of(1_000, 7, 99, 1_001), met::put);

        Map<Integer, String> expected = new HashMap<>();
        expected.put(1_000, "small");
        expected.put(7, large + 7);
        expected.put(99, large + 99);
        expected.put(1_001, null);
        assertThat(met).isEqualTo(expected);
        assertThat(this.map.size()).isEqualTo(101);
    }

    @Test
    void eachKeyOfABatchIsCounted() {
        fill();
        StateManagerStats.Access before = this.state.stats().access();

        this.map.getAll(IntStream.range(KEYS - 100, KEYS + 70).boxed().toList(), (key, value) -> {
        });
        this.map.putAll(IntStream.range(KEYS - 90, KEYS).boxed().collect(toMap(identity(), MapStateTest::valueOf)));

        StateManagerStats.Access after = this.state.stats().access();
        assertThat(after.memoryHits() - before.memoryHits()).isEqualTo(100);
        assertThat(after.misses() - before.misses()).isEqualTo(70);
        assertThat(after.changesInPlace() - before.changesInPlace()).isEqualTo(90);
    }

    @Test
    void putAllSetsAll() {
        Map<Integer, String> entries = new LinkedHashMap<>();
        for (int key = 0; key < 1_000; key++) {
            entries.put(key, valueOf(key));
        }

        this.map.putAll(entries);

        assertThat(this.map.asMap()).isEqualTo(entries);
        assertThat(this.map.size()).isEqualTo(1_000);
    }

    @Test
    void sizeIsExactAndTheEstimateNear() {
        fill();
        for (int key = 0; key < KEYS; key += 4) {
            this.map.remove(key);
        }

        assertThat(this.map.size()).isEqualTo(KEYS * 3 / 4);
        assertThat(this.map.estimatedSize()).isBetween(KEYS * 7 / 10L, KEYS * 8 / 10L);
        this.state.checkpoint();
        this.state.compact();
        assertThat(this.map.size()).isEqualTo(KEYS * 3 / 4);
        assertThat(this.map.estimatedSize()).isBetween(KEYS * 7 / 10L, KEYS * 8 / 10L);
    }

    @Test
    void theViewIsAMap() {
        Map<Integer, String> view = this.map.asMap();
        Map<Integer, String> model = new HashMap<>();
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            int key = random.nextInt(200);
            String value = valueOf(random.nextInt(1_000));
            switch (random.nextInt(5)) {
                case 0 -> assertThat(view.put(key, value)).isEqualTo(model.put(key, value));
                case 1 -> assertThat(view.remove(key)).isEqualTo(model.remove(key));
                case 2 -> assertThat(view.get(key)).isEqualTo(model.get(key));
                case 3 -> assertThat(view.containsKey(key)).isEqualTo(model.containsKey(key));
                default -> assertThat(view.merge(key, value, String::concat))
                    .isEqualTo(model.merge(key, value, String::concat));
            }
        }
        assertThat(view).as("seed %d", seed).isEqualTo(model).hasSameSizeAs(model);
        assertThat(view.keySet()).isEqualTo(model.keySet());

        for (Iterator<Map.Entry<Integer, String>> entries = view.entrySet().iterator(); entries.hasNext();) {
            Map.Entry<Integer, String> entry = entries.next();
            if (entry.getKey() % 2 == 0) {
                entries.remove();
            }
            else {
                entry.setValue("odd");
            }
        }
        model.keySet().removeIf((key) -> key % 2 == 0);
        model.replaceAll((key, value) -> "odd");
        assertThat(view).isEqualTo(model);
        view.clear();
        assertThat(view).isEmpty();
    }

    @Test
    void clearedAndDroppedStatesComeBackEmpty() {
        CounterState<String> counters = this.state.scope("test").counters("counters", Serializers.string());
        ValueState<String> value = this.state.scope("test").value("value", Serializers.string());
        fill();
        counters.add("a", 1);
        value.set("stays");
        StateCursor<Integer, String> cursor = this.map.cursor();
        assertThat(cursor.advance()).isTrue();

        this.state.update(() -> {
            this.map.clear();
            this.map.put(1, "new");
            assertThat(this.state.scope("test").drop("counters")).isTrue();
        });

        while (cursor.advance()) {
            assertThat(cursor.value()).startsWith("value "); // copied before
        }
        assertThat(this.map.get(2)).isNull();
        assertThat(this.map.get(1)).isEqualTo("new");
        assertThat(this.map.size()).isEqualTo(1);
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> counters.add("a", 1))
            .withMessageContaining("counters")
            .withMessageContaining("test");
        assertThat(this.state.scope("test").drop("counters")).isFalse();
        assertThat(this.state.scope("test").exists("counters")).isFalse();
        this.state.checkpoint();
        this.state.close();

        open();
        assertThat(this.map.asMap()).isEqualTo(Map.of(1, "new"));
        assertThat(this.state.scope("test").exists("counters")).isFalse();
        // the name is free for a state of another kind
        assertThat(this.state.scope("test").value("counters", Serializers.int64()).get()).isNull();
        assertThat(this.state.scope("test").value("value", Serializers.string()).get()).isEqualTo("stays");
    }

    @Test
    void nullsAndOversizedEntriesAreRefusedAndNothingIsLost() {
        fill();
        Map<Integer, String> withNull = new HashMap<>();
        withNull.put(1, null);
        List<Integer> keysWithNull = new ArrayList<>();
        keysWithNull.add(null);

        assertThatNullPointerException().isThrownBy(() -> this.map.putAll(withNull));
        assertThatNullPointerException().isThrownBy(() -> this.map.getAll(keysWithNull, (key, value) -> {
        }));
        assertThatExceptionOfType(IllegalArgumentException.class)
            .isThrownBy(() -> this.map.putAll(Map.of(1, "x".repeat(StateManagerOptions.MIN_PAGE_SIZE))))
            .withMessageContaining("page-size");
        assertThat(this.map.get(1)).isEqualTo(valueOf(1));
    }

    @Test
    void statisticsTellWhereValuesWereFound() {
        fill();
        StateManagerStats.Access before = this.state.stats().access();

        this.map.get(KEYS - 1);
        this.map.get(0);
        this.map.get(KEYS);
        this.map.put(KEYS - 1, valueOf(KEYS - 1));

        StateManagerStats.Access after = this.state.stats().access();
        assertThat(after.memoryHits() - before.memoryHits()).isEqualTo(1);
        assertThat(after.deviceHits() - before.deviceHits()).isEqualTo(1);
        assertThat(after.misses() - before.misses()).isEqualTo(1);
        assertThat(after.changesInPlace() - before.changesInPlace()).isEqualTo(1);
        this.state.checkpoint();
        StateManagerStats stats = this.state.stats();
        assertThat(stats.cleaning().liveBytes()).isBetween(KEYS * 40L, KEYS * 120L);
        assertThat(stats.memory().logBytes()).isEqualTo(stats.memory().logLimit());
        assertThat(stats.memory().indexBytes()).isBetween(KEYS * 12L, KEYS * 24L + (1 << 20));
        assertThat(stats.device().recordBytes()).isGreaterThan(KEYS * 40L);
        assertThat(stats.checkpoints().snapshots()).isPositive();
        assertThat(stats.device().snapshotBytes()).isGreaterThan(KEYS * 12L);
    }

}
