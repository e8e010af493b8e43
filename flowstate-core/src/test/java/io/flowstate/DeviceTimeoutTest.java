package io.flowstate;

import java.nio.file.Path;
import java.time.Duration;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.DeviceCall;
import io.flowstate.testing.FaultyLogDevices;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A device that does not answer fails who waits for it, and nobody else.
 */
@Timeout(60)
class DeviceTimeoutTest {

    private static final int KEYS = 2000;

    private static final String VALUE = "value ".repeat(50);

    private final MemoryFiles disk = new MemoryFiles();

    private final FaultyLogDevices devices = new FaultyLogDevices(
            LogDeviceFactory.local(Path.of("/store/log"), this.disk));

    private StateManager open() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.of(this.devices, CheckpointManager.local(Path.of("/store/cp"), this.disk)))
            .pageSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .indexMemory(2 << 20)
            .deviceTimeout(Duration.ofSeconds(1))
            .build());
    }

    private static MapState<Integer, String> map(StateManager manager) {
        return manager.scope("test").map("map", Serializers.int32(), Serializers.string());
    }

    private static void fill(MapState<Integer, String> map) {
        for (int key = 0; key < KEYS; key++) {
            map.put(key, VALUE);
        }
    }

    private static void assertTimesOut(ThrowingCallable call) {
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(call)
            .withMessageContaining("device-timeout")
            .withMessageContaining("/store/log/records-");
    }

    @Test
    void aReadThatHangsFailsAndTheStoreGoesOn() {
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            fill(map);
            try (Hold hold = this.devices.hold(DeviceCall.READ)) {
                assertTimesOut(() -> map.get(0));
                assertTimesOut(() -> map.merge(0, "more", String::concat));
                assertTimesOut(() -> manager.update(() -> map.get(1)));
                assertTimesOut(() -> map.forEach((key, value) -> {
                }));
                assertThat(hold.hasCaller()).isTrue();

                map.put(KEYS - 1, "changed");
                assertThat(map.get(KEYS - 1)).isEqualTo("changed");
                map.put(0, "blind");
                assertThat(map.get(0)).isEqualTo("blind");
                manager.checkpoint();
            }
            assertThat(map.get(1)).isEqualTo(VALUE);
        }
    }

    @Test
    void aCursorGoesOnAfterAReadThatHung() {
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            fill(map);
            int met = 0;
            try (StateCursor<Integer, String> cursor = map.cursor()) {
                assertThat(cursor.advance()).isTrue();
                met++;
                try (Hold hold = this.devices.hold(DeviceCall.READ)) {
                    int before = met;
                    assertTimesOut(() -> advance(cursor, before));
                    assertThat(hold.hasCaller()).isTrue();
                }
                while (cursor.advance()) {
                    met++;
                }
            }
            assertThat(met).isBetween(2, KEYS);
        }
    }

    private static void advance(StateCursor<Integer, String> cursor, int before) {
        for (int met = before; met < KEYS; met++) {
            cursor.advance();
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "READ", "LENGTH" })
    void anOpeningThatHangsFailsAndLeavesTheLocks(DeviceCall call) {
        try (StateManager manager = open()) {
            fill(map(manager));
            manager.checkpoint();
        }
        try (Hold hold = this.devices.hold(call)) {
            assertTimesOut(this::open);
            assertThat(hold.hasCaller()).isTrue();
        }
        try (StateManager manager = open()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    @Test
    void closingDoesNotWaitForAReadThatHangs() {
        Hold hold;
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            fill(map);
            manager.checkpoint();
            hold = this.devices.hold(DeviceCall.READ);
            assertTimesOut(() -> map.get(0));
        }
        try (StateManager other = openWithoutFaults()) {
            assertThat(map(other).get(0)).isEqualTo(VALUE);
        }
        hold.close();
    }

    private StateManager openWithoutFaults() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.of(LogDeviceFactory.local(Path.of("/store/log"), this.disk),
                    CheckpointManager.local(Path.of("/store/cp"), this.disk)))
            .indexMemory(2 << 20)
            .build());
    }

}
