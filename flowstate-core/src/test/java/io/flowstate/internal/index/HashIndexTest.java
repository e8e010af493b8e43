package io.flowstate.internal.index;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.index.HashIndex.Outcome;
import io.flowstate.storage.StateException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class HashIndexTest {

    private final Epochs epochs = new Epochs();

    private final IndexMemory memory = new IndexMemory(64 << 20);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        this.threads.shutdownNow();
    }

    /** A hash whose top 48 bits are the number. */
    private static long hash(long fingerprint) {
        return fingerprint << 16;
    }

    private static long spread(long number) {
        return number * 0x9E3779B97F4A7C15L;
    }

    /** Adds to the address of a hash, as many threads as may do so at once. */
    private void add(HashIndex index, long hash, long delta) {
        IndexEntry entry = new IndexEntry();
        while (true) {
            int slot = this.epochs.enter();
            Outcome outcome;
            boolean changed = false;
            try {
                outcome = index.findOrCreate(hash, entry);
                if (outcome == Outcome.FOUND) {
                    changed = index.compareAndSet(entry, Math.max(64, entry.address()) + delta);
                }
            }
            finally {
                this.epochs.exit(slot);
            }
            if (changed) {
                return;
            }
            if (outcome == Outcome.FULL) {
                index.grow(hash, 0);
            }
            else if (outcome == Outcome.FROZEN) {
                index.awaitGrowth();
            }
        }
    }

    private long address(HashIndex index, long hash) {
        IndexEntry entry = new IndexEntry();
        int slot = this.epochs.enter();
        try {
            return index.find(hash, entry) ? entry.address() : 0;
        }
        finally {
            this.epochs.exit(slot);
        }
    }

    @Test
    void findsWhatWasPutThroughGrowth() {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        int count = 100_000;
        for (int i = 1; i <= count; i++) {
            index.put(spread(i), new IndexEntry(), 8L * (i + 8));
        }

        for (int i = 1; i <= count; i++) {
            assertThat(address(index, spread(i))).isEqualTo(8L * (i + 8));
        }
        assertThat(address(index, spread(count + 1))).isZero();
        assertThat(this.memory.takenBytes()).isLessThan(40L * count);
    }

    @Test
    void entriesDifferInEachOfTheirFortyEightBits() {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        for (int bit = 0; bit < 48; bit++) {
            index.put(hash(1L << bit), new IndexEntry(), 8L * (bit + 8));
        }
        index.put(0, new IndexEntry(), 8000);

        for (int bit = 0; bit < 48; bit++) {
            assertThat(address(index, hash(1L << bit))).isEqualTo(8L * (bit + 8));
        }
        assertThat(address(index, 0)).isEqualTo(8000);
        assertThat(address(index, hash(3))).isZero();
    }

    @Test
    void manyThreadsMakeEachEntryOnceAndLoseNoChange() throws Exception {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        int keys = 2_000;
        int additions = 100_000;
        int workers = 4;
        CyclicBarrier start = new CyclicBarrier(workers);
        List<Future<Void>> results = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            int worker = i;
            Callable<Void> work = () -> {
                SplittableRandom random = new SplittableRandom(worker);
                start.await();
                for (int j = 0; j < additions; j++) {
                    add(index, spread(random.nextInt(keys)), 8);
                }
                return null;
            };
            results.add(this.threads.submit(work));
        }
        for (Future<Void> result : results) {
            result.get();
        }

        long sum = 0;
        for (int key = 0; key < keys; key++) {
            sum += (address(index, spread(key)) - 64) / 8;
        }
        assertThat(sum).isEqualTo((long) workers * additions);
        assertThat(visitAll(index)).hasSize(keys);
    }

    /** The addresses met in one walk; fails if the walk does not rise. */
    private static List<Long> visitAll(HashIndex index) {
        List<Long> met = new ArrayList<>();
        long position = 0;
        do {
            long next = index.visitBucket(position, met::add);
            assertThat(next == 0 || Long.compareUnsigned(next, position) > 0).isTrue();
            position = next;
        }
        while (position != 0);
        return met;
    }

    @Test
    void walkMeetsEachEntryOnceThoughTheIndexGrows() {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        int before = 5_000;
        for (int i = 1; i <= before; i++) {
            index.put(spread(i), new IndexEntry(), 8L * (i + 8));
        }

        List<Long> met = new ArrayList<>();
        int added = before;
        long position = 0;
        do {
            position = index.visitBucket(position, met::add);
            for (int i = 0; i < 5; i++) {
                added++;
                index.put(spread(added), new IndexEntry(), 8L * (added + 8));
            }
        }
        while (position != 0);

        Set<Long> distinct = new HashSet<>(met);
        assertThat(distinct).hasSameSizeAs(met);
        for (int i = 1; i <= before; i++) {
            assertThat(distinct).contains(8L * (i + 8));
        }
        assertThat(added).isGreaterThan(2 * before);
    }

    @Test
    void growthBeyondTheMemoryIsRefusedAndNothingIsLost() {
        HashIndex index = new HashIndex(this.epochs, new IndexMemory(20_000), 0);
        int[] put = new int[1];

        assertThatExceptionOfType(StateException.class).isThrownBy(() -> {
            while (true) {
                index.put(spread(put[0]), new IndexEntry(), 8L * (put[0] + 8));
                put[0]++;
            }
        }).withMessageContaining("index-memory");

        for (int i = 0; i < put[0]; i++) {
            assertThat(address(index, spread(i))).isEqualTo(8L * (i + 8));
            add(index, spread(i), 8);
        }
    }

    @Test
    void entriesOfKeysThatAreGoneMakeRoomForOthers() {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        IndexEntry entry = new IndexEntry();
        for (int i = 1; i <= 300_000; i++) {
            long begin = Math.max(0, 8L * (i - 100));
            int slot = this.epochs.enter();
            Outcome outcome;
            try {
                outcome = index.findOrCreate(spread(i), entry);
                assertThat(outcome != Outcome.FOUND || index.compareAndSet(entry, 8L * (i + 8))).isTrue();
            }
            finally {
                this.epochs.exit(slot);
            }
            if (outcome == Outcome.FULL) {
                index.grow(spread(i), begin);
                i--;
            }
        }
        assertThat(this.memory.takenBytes()).isLessThan(100_000);
    }

}
