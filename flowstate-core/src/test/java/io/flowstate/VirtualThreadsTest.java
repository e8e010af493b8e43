package io.flowstate;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * 10,000 virtual threads at once change, read back from the device and make units, while
 * checkpoints are taken. Virtual threads are reached by reflection, since this is
 * compiled for 17.
 */
@Timeout(120)
class VirtualThreadsTest {

    private static final int THREADS = 10_000;

    private static final int ACCOUNTS = 100;

    private static final String VALUE = "value ".repeat(30);

    @Test
    void tenThousandVirtualThreadsComplete() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21,
                "left out: virtual threads came with JDK 21, and this is " + Runtime.version());
        try (StateManager manager = StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.of(LogDeviceFactory.inMemory(), CheckpointManager.inMemory()))
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .memorySize(5L * StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(32 << 20)
            .build())) {
            MapState<Integer, String> map = manager.scope("s").map("m", Serializers.int32(), Serializers.string());
            CounterState<Integer> counters = manager.scope("s").counters("c", Serializers.int32());
            for (int key = 0; key < THREADS; key++) {
                map.put(key, VALUE + key);
            }
            long readsBefore = manager.stats().device().reads();
            Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
            CountDownLatch started = new CountDownLatch(THREADS);
            CountDownLatch all = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int number = 0; number < THREADS; number++) {
                int own = number;
                threads.add(startVirtual(() -> {
                    try {
                        started.countDown();
                        all.await(); // so that all are there at once
                        work(manager, map, counters, own);
                    }
                    catch (Throwable ex) {
                        failures.add(ex);
                    }
                }));
            }
            assertThat(started.await(100, TimeUnit.SECONDS)).isTrue();
            all.countDown();
            manager.checkpoint();
            for (Thread thread : threads) {
                thread.join();
            }

            assertThat(failures).isEmpty();
            assertThat(manager.stats().device().reads()).isGreaterThan(readsBefore + 1000);
            long sum = 0;
            for (int account = 0; account < ACCOUNTS; account++) {
                sum += counters.get(account);
            }
            assertThat(sum).isEqualTo(THREADS);
            for (int key = 0; key < THREADS; key += 7) {
                assertThat(map.get(key)).isEqualTo(VALUE + key + " changed");
            }
            manager.checkpoint();
        }
    }

    private static void work(StateManager manager, MapState<Integer, String> map, CounterState<Integer> counters,
            int number) {
        assertThat(map.get((number * 31) % THREADS)).startsWith(VALUE);
        manager.update(() -> {
            map.compute(number, (key, old) -> VALUE + key + " changed");
            counters.add(number % ACCOUNTS, 3);
            counters.add((number + 1) % ACCOUNTS, -2);
        });
        assertThat(map.get(number)).isEqualTo(VALUE + number + " changed");
    }

    private static Thread startVirtual(Runnable work) throws ReflectiveOperationException {
        Method method = Thread.class.getMethod("startVirtualThread", Runnable.class);
        return (Thread) method.invoke(null, work);
    }

}
