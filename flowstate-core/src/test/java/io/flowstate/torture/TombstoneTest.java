package io.flowstate.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What was removed stays removed: half of all changes are removals, in memory and of what
 * is on the device only, the log is cleaned by itself and on demand, with snapshots of
 * the indexes in between, and the process is killed or the power fails. What is there
 * then is what a plain map says. Repeated with
 * {@code -Dflowstate.torture.tombstones=200}.
 */
class TombstoneTest {

    private static final String NAME = "tombstones";

    private static final int ROUNDS = 12; // of a history

    private static final int KEYS = 600;

    private static final int LARGEST_VALUE = 1200;

    private int removals;

    private int crashes;

    private long cleaned; // bytes that logs began after

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatWasRemovedStaysRemoved() {
        long seed = Torture.seed(NAME);
        int histories = Torture.count("tombstones", 10);

        for (int number = 0; number < histories; number++) {
            try {
                history(Torture.random(seed, number));
            }
            catch (Throwable ex) {
                throw new AssertionError("history " + number + " with seed " + seed, ex);
            }
        }

        Torture.say(NAME, "seed %d: %d histories, %d removals, %d crashes, %d MiB cleaned, 0 violations", seed,
                histories, this.removals, this.crashes, this.cleaned >> 20);
        assertThat(this.cleaned).as("bytes cleaned").isPositive();
    }

    private void history(SplittableRandom random) {
        MemoryDisk disk = MemoryDisk.empty();
        Map<Integer, String> model = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            MemoryDisk recorded = disk.recorded();
            int variant = random.nextInt(4);
            try (StateManager manager = StateManager.open(recorded.options(variant, 1 + random.nextInt(3)))) {
                MapState<Integer, String> map = map(manager);
                assertThat(differences(content(map), model)).as("round %d", round).isEmpty();
                long begin = manager.stats().log().begin();
                work(manager, map, model, random);
                this.cleaned += manager.stats().log().begin() - begin;
                Map<Integer, String> durable = Map.copyOf(model);
                change(map, model, random, random.nextInt(300)); // to be lost
                disk = random.nextBoolean() ? recorded.copy() : recorded.rebuilt(recorded.events(), random.split());
                model.clear();
                model.putAll(durable);
            }
            this.crashes++;
        }
    }

    /** Changes and checkpoints; the last checkpoint holds the model. */
    private void work(StateManager manager, MapState<Integer, String> map, Map<Integer, String> model,
            SplittableRandom random) {
        int checkpoints = 1 + random.nextInt(4);
        for (int turn = 0; turn < checkpoints; turn++) {
            change(map, model, random, random.nextInt(1500));
            if (random.nextInt(3) == 0) {
                manager.compact();
            }
            else {
                manager.checkpoint();
            }
        }
        assertThat(differences(content(map), model)).isEmpty();
        for (int key = 0; key < KEYS; key++) {
            assertThat(map.get(key)).as("key %d", key).isEqualTo(model.get(key));
        }
    }

    private void change(MapState<Integer, String> map, Map<Integer, String> model, SplittableRandom random,
            int changes) {
        for (int turn = 0; turn < changes; turn++) {
            int key = random.nextInt(KEYS);
            int dice = random.nextInt(20);
            if (dice < 9) {
                map.remove(key);
                model.remove(key);
                this.removals++;
            }
            else if (dice < 11) {
                map.compute(key, (same, old) -> null);
                model.remove(key);
                this.removals++;
            }
            else {
                String value = key + "-" + "x".repeat(random.nextInt(LARGEST_VALUE)) + random.nextInt();
                map.put(key, value);
                model.put(key, value);
            }
        }
    }

    private static MapState<Integer, String> map(StateManager manager) {
        return manager.scope("tombstones").map("map", Serializers.int32(), Serializers.string());
    }

    /** The keys that should not be there, are missing, or have another value. */
    private static List<String> differences(Map<Integer, String> found, Map<Integer, String> right) {
        List<String> differences = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            String expected = right.get(key);
            String actual = found.get(key);
            if (!Objects.equals(expected, actual)) {
                differences
                    .add(key + ((expected == null) ? " has come back" : (actual == null) ? " is missing" : " differs"));
            }
        }
        return differences;
    }

    private static Map<Integer, String> content(MapState<Integer, String> map) {
        Map<Integer, String> content = new TreeMap<>();
        List<Integer> twice = new ArrayList<>();
        map.forEach((key, value) -> {
            if (content.put(key, value) != null) {
                twice.add(key);
            }
        });
        assertThat(twice).as("keys that a cursor gave twice").isEmpty();
        return content;
    }

}
