package io.flowstate.internal.index;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

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
        int slot = this.epochs.enter();
        try {
            return index.find(hash);
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
        int keys = 30_000;
        int additions = 200_000;
        int workers = 4;
        CyclicBarrier start = new CyclicBarrier(workers);
        List<Future<Void>> results = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            int worker = i;
            Callable<Void> work = () -> {
                SplittableRandom random = new SplittableRandom(worker);
                start.await();
                for (int j = 0; j < additions; j++) {
                    add(index, spread((j < keys) ? (j + worker * 7_500) % keys : random.nextInt(keys)), 8);
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
            sum += (Math.max(64, address(index, spread(key))) - 64) / 8;
        }
        assertThat(sum).isEqualTo((long) workers * additions);
        assertThat(visitAll(index)).hasSize(keys);
        assertThat(index.entries()).isEqualTo(keys);
    }

    /** The addresses met in one walk; fails if the walk does not rise. */
    private static List<Long> visitAll(HashIndex index) {
        List<Long> met = new ArrayList<>();
        long position = 0;
        do {
            long next = index.visitEntries(position, 1, (address, hash48) -> met.add(address));
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
            position = index.visitEntries(position, 1, (address, hash48) -> met.add(address));
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

    @Test
    void walkOfManyBucketsMeetsEachEntryWithItsHash() {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        int count = 30_000;
        for (int i = 1; i <= count; i++) {
            index.put(spread(i), new IndexEntry(), 8L * (i + 8));
        }

        Map<Long, Long> met = new HashMap<>();
        List<Long> hashes = new ArrayList<>();
        long position = 0;
        do {
            long from = position;
            List<Long> step = new ArrayList<>();
            position = index.visitEntries(position, 100, (address, hash48) -> {
                step.add(hash48);
                met.put(address, hash48);
            });
            for (long hash : step) {
                assertThat(Long.compareUnsigned(hash, from) >= 0).isTrue();
                assertThat(position == 0 || Long.compareUnsigned(hash, position) < 0).isTrue();
            }
            hashes.addAll(step);
        }
        while (position != 0);

        assertThat(hashes).hasSize(count);
        for (int i = 1; i <= count; i++) {
            assertThat(met).containsEntry(8L * (i + 8), spread(i) & ~0xFFFFL);
        }
    }

    @Test
    void walkMissesNothingWhileOthersMakeEntries() throws Exception {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        int before = 20_000;
        int workers = 3;
        for (int i = 1; i <= before; i++) {
            index.put(spread(i), new IndexEntry(), 8L * (i + 8));
        }
        AtomicInteger working = new AtomicInteger(workers);
        List<Future<Void>> results = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            int worker = i;
            results.add(this.threads.submit(() -> {
                try {
                    for (int j = 1; j <= 100_000; j++) {
                        add(index, spread(before + 3L * j + worker), 8);
                    }
                }
                finally {
                    working.decrementAndGet();
                }
                return null;
            }));
        }

        int walks = 0;
        for (boolean last = false; !last; walks++) {
            last = working.get() == 0;
            BitSet met = new BitSet();
            long position = 0;
            do {
                int slot = this.epochs.enter();
                try {
                    position = index.visitEntries(position, 16, (address, hash48) -> met.set((int) (address / 8 - 8)));
                }
                finally {
                    this.epochs.exit(slot);
                }
            }
            while (position != 0);
            assertThat(met.get(1, before + 1).cardinality()).as("walk " + walks).isEqualTo(before);
        }

        for (Future<Void> result : results) {
            result.get();
        }
        assertThat(index.entries()).isEqualTo(before + 300_000L).isEqualTo(visitAll(index).size());
    }

    @Test
    void randomChangesAgreeWithAModel() {
        for (int run = 0; run < 30; run++) {
            long seed = System.nanoTime();
            try {
                compareWithModel(new SplittableRandom(seed));
            }
            catch (AssertionError | RuntimeException ex) {
                throw new AssertionError("seed " + seed, ex);
            }
        }
    }

    private void compareWithModel(SplittableRandom random) {
        // How many of the first bits all hashes share, and how many differ: spread over
        // the whole index, or crowded into a corner of it.
        int shared = random.nextInt(4) * 11;
        int differing = Math.min(48 - shared, 13 + random.nextInt(35));
        long corner = (shared == 0) ? 0 : random.nextLong() << (64 - shared);
        int changes = (shared == 0) ? 40_000 : 2_000;
        HashIndex index = new HashIndex(this.epochs, this.memory, random.nextInt(changes));
        TreeMap<Long, Long> model = new TreeMap<>(Long::compareUnsigned);
        IndexEntry entry = new IndexEntry();
        long begin = 0;
        for (int i = 0; i < changes; i++) {
            long differingBits = (random.nextLong() >>> (64 - differing)) << (64 - shared - differing);
            long hash = (corner | differingBits) & ~0xFFFFL;
            long address = 8L * (i + 8);
            begin = (random.nextInt(500) == 0) ? random.nextLong(begin, address) : begin;
            while (true) {
                Outcome outcome = index.findOrCreate(hash | random.nextInt(1 << 16), entry);
                if (outcome == Outcome.FOUND) {
                    long before = model.getOrDefault(hash, 0L);
                    boolean dropped = before < begin && entry.address() == 0;
                    assertThat(dropped || entry.address() == before).isTrue();
                    assertThat(index.compareAndSet(entry, address)).isTrue();
                    model.put(hash, address);
                    break;
                }
                assertThat(outcome).isEqualTo(Outcome.FULL);
                index.grow(hash, begin);
            }
        }

        assertThat(index.entries()).isGreaterThanOrEqualTo(visitAll(index).size());
        assertThat(index.entries() + index.droppedEntries()).isGreaterThanOrEqualTo(model.size());
        TreeMap<Long, Long> met = new TreeMap<>(Long::compareUnsigned);
        long position = 0;
        do {
            position = index.visitEntries(position, 1 + random.nextInt(50),
                    (address, hash48) -> assertThat(met.put(hash48, address)).isNull());
        }
        while (position != 0);
        met.forEach((hash, address) -> assertThat(model).containsEntry(hash, address));
        for (Map.Entry<Long, Long> expected : model.entrySet()) {
            if (expected.getValue() >= begin) {
                assertThat(met).containsEntry(expected.getKey(), expected.getValue());
                assertThat(address(index, expected.getKey())).isEqualTo(expected.getValue());
            }
        }
        index.release();
    }

    @Test
    void growthTellsHowManyEntriesItDropped() {
        HashIndex index = new HashIndex(this.epochs, this.memory, 1);
        IndexEntry entry = new IndexEntry();
        int count = 0;
        while (index.findOrCreate(spread(count), entry) == Outcome.FOUND) {
            assertThat(index.compareAndSet(entry, 8L * (count + 8))).isTrue();
            count++;
        }

        assertThat(index.entries()).isEqualTo(count);
        assertThat(index.droppedEntries()).isZero();
        index.grow(spread(count), 8L * (3 + 8));

        assertThat(index.entries()).isEqualTo(count - 3);
        assertThat(index.droppedEntries()).isEqualTo(3);
        assertThat(address(index, spread(2))).isZero();
        assertThat(address(index, spread(3))).isEqualTo(8L * (3 + 8));
    }

}
