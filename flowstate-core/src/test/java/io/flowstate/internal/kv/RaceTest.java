package io.flowstate.internal.kv;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.internal.memory.BufferAccess;
import io.flowstate.serialization.Serializers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Races that lost something once.
 */
@Timeout(60)
class RaceTest {

    private static final int LENGTH = 512;

    private static final int ROUNDS = 500;

    private static Operation operation() {
        Operation operation = new Operation();
        operation.key().writeBytes(new byte[] { 1 });
        return operation;
    }

    private static void put(RecordStore store, byte fill) {
        Operation operation = operation();
        operation.newValue().writeBytes(filled(fill));
        store.put(operation);
    }

    private static byte[] filled(int fill) {
        byte[] value = new byte[LENGTH];
        Arrays.fill(value, (byte) fill);
        return value;
    }

    /**
     * The flusher's checksum stands where the counter of changes stood, and is 0 for a
     * moment.
     */
    @Test
    void updateIsNotLostWhileTheFlusherSetsTheChecksum() throws Exception {
        try (EngineFixture fixture = EngineFixture.empty(new FoldedHash(7))) {
            RecordStore store = fixture.store(1);
            for (int round = 0; round < ROUNDS; round++) {
                fixture.cutAndFlush();
                put(store, (byte) 1);
                Thread flush = new Thread(fixture::cutAndFlush);
                AtomicInteger calls = new AtomicInteger();
                store.update(operation(), Serializers.bytes(), (old) -> {
                    if (calls.getAndIncrement() == 0) {
                        put(store, (byte) 2); // between reading and replacing, by
                                              // whomever
                        flush.start();
                        while (flush.isAlive() && fixture.log().flushedUntil() != fixture.log().tail()
                                && fixture.log().safeReadOnly() != fixture.log().tail()) {
                            Thread.onSpinWait();
                        }
                    }
                    return filled(old[0] + 10);
                });
                flush.join();
                Operation read = operation();
                assertThat(store.read(read)).isTrue();
                assertThat(read.value().readRemaining()).isEqualTo(filled(12));
            }
        }
    }

    @Test
    void keysThatDifferInComplementaryBlocksDoNotCollide() {
        SplittableRandom random = new SplittableRandom(3);
        FoldedHash hash = new FoldedHash(random.nextLong());
        Set<Long> hashes = new HashSet<>();
        int pairs = 20_000;
        for (int i = 0; i < pairs; i++) {
            byte[] key = new byte[16];
            random.nextBytes(key);
            hashes.add(hash.of(key, key.length));
            BufferAccess.setLong(key, 0, BufferAccess.getLong(key, 0) ^ 0xFFFFFFFFFFFFFFFEL);
            BufferAccess.setLong(key, 8, BufferAccess.getLong(key, 8) ^ 1);
            hashes.add(hash.of(key, key.length));
        }
        assertThat(hashes).hasSize(2 * pairs);
    }

}
