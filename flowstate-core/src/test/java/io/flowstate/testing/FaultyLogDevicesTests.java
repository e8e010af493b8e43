package io.flowstate.testing;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FaultyLogDevices}: the contract while nothing is wrong, and each
 * fault.
 */
class FaultyLogDevicesTests extends LogDeviceContract {

    private static final LogSegment SEGMENT = new LogSegment("record", 1, 0, 64);

    private final FaultyLogDevices devices = new FaultyLogDevices(LogDeviceFactory.inMemory());

    @Override
    protected LogDeviceFactory createFactory() {
        return new FaultyLogDevices(LogDeviceFactory.inMemory());
    }

    @Test
    void theNthCallFailsAndOnlyThat() {
        try (LogDevice device = this.devices.open("test")) {
            this.devices.failCall(DeviceCall.CREATE, 1);
            this.devices.failCall(3);

            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> device.create(SEGMENT));
            device.create(SEGMENT);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(device::segments);

            assertThat(device.segments()).containsExactly(SEGMENT);
            assertThat(this.devices.calls()).isEqualTo(4);
            assertThat(this.devices.calls(DeviceCall.CREATE)).isEqualTo(2);
        }
    }

    @Test
    void aFullDeviceTakesNothingUntilHealed() {
        try (LogDevice device = this.devices.open("test")) {
            device.create(SEGMENT);
            this.devices.fill();
            assertThatExceptionOfType(StorageFullException.class)
                .isThrownBy(() -> device.write(SEGMENT, 0, ByteBuffer.allocate(10)));
            assertThat(device.length(SEGMENT)).isZero();

            this.devices.heal();
            device.write(SEGMENT, 0, ByteBuffer.allocate(10));
            device.read(SEGMENT, 4, ByteBuffer.allocate(3));

            assertThat(this.devices.bytesWritten()).isEqualTo(10);
            assertThat(this.devices.bytesRead()).isEqualTo(3);
        }
    }

    @Test
    void aSyncIsHeldUntilItIsReleased() throws Exception {
        try (LogDevice device = this.devices.open("test"); Hold hold = this.devices.hold(DeviceCall.SYNC)) {
            device.create(SEGMENT);
            CompletableFuture<Void> syncing = CompletableFuture.runAsync(() -> device.sync(SEGMENT));
            hold.awaitCaller();
            assertThat(syncing).isNotDone();

            hold.release();

            syncing.get(1, TimeUnit.MINUTES);
        }
    }

}
