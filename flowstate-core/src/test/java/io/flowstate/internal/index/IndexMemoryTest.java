package io.flowstate.internal.index;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.index.HashIndex.Outcome;
import io.flowstate.storage.StateException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class IndexMemoryTest {

    private final Epochs epochs = new Epochs();

    private final IndexEntry entry = new IndexEntry();

    private static long spread(long number) {
        return number * 0x9E3779B97F4A7C15L;
    }

    /** A mixed hash, whose buckets fill as unevenly as those of real keys. */
    private static long mixed(long number) {
        long hash = spread(number);
        hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
        return hash ^ (hash >>> 31);
    }

    private void fill(HashIndex index, long from, long to) {
        for (long i = from; i < to; i++) {
            index.put(mixed(i), this.entry, 8 * (i + 8));
        }
    }

    private boolean has(HashIndex index, long number) {
        return index.find(mixed(number)) == 8 * (number + 8);
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
            .stream()
            .filter((pool) -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    }

    @Test
    void growthNeedsTwentyFourBytesAKeyAtEveryMoment() {
        IndexMemory memory = new IndexMemory(1L << 30);
        long directBefore = directBytes();
        HashIndex index = new HashIndex(this.epochs, memory, 1);
        int step = 10_000;
        for (int count = 0; count < 2_000_000; count += step) {
            fill(index, count, count + step);

            long bound = 24L * (count + step) + (2 << 20);
            assertThat(memory.takenBytes()).as(count + " keys").isLessThanOrEqualTo(bound);
            assertThat(directBytes() - directBefore).as(count + " keys").isLessThanOrEqualTo(bound);
        }
        assertThat(index.entries()).isEqualTo(2_000_000);
    }

    @Test
    void indexMadeForItsEntriesDoesNotGrow() {
        for (int count : new int[] { 1, 10_000, 300_000 }) {
            IndexMemory memory = new IndexMemory(1L << 30);
            HashIndex index = new HashIndex(this.epochs, memory, count);
            long taken = memory.takenBytes();
            for (int i = 0; i < count; i++) {
                assertThat(index.findOrCreate(mixed(i), this.entry)).isEqualTo(Outcome.FOUND);
            }

            assertThat(memory.takenBytes()).isEqualTo(taken).isLessThanOrEqualTo(24L * count + (2 << 20));
        }
    }

    @Test
    void thousandsOfIndexesWithOneKeyShareBlocks() {
        IndexMemory memory = new IndexMemory(1L << 30);
        List<HashIndex> indexes = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            HashIndex index = new HashIndex(this.epochs, memory, 1);
            fill(index, i, i + 1);
            indexes.add(index);
        }

        assertThat(memory.takenBytes()).isLessThan(5_000 * 128 * 3 / 2);
        for (int i = 0; i < 5_000; i++) {
            assertThat(has(indexes.get(i), i)).isTrue();
        }
    }

    @Test
    void releasedMemoryIsUsedByOthersWhateverTheirSize() {
        IndexMemory memory = new IndexMemory(1L << 30);
        List<HashIndex> small = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            HashIndex index = new HashIndex(this.epochs, memory, 1);
            fill(index, 0, 300);
            small.add(index);
        }
        long taken = memory.takenBytes();

        small.forEach(HashIndex::release);
        HashIndex large = new HashIndex(this.epochs, memory, 1);
        fill(large, 0, 250_000);

        assertThat(memory.takenBytes()).isEqualTo(taken);
        for (int i = 0; i < 250_000; i++) {
            assertThat(has(large, i)).isTrue();
        }
        assertThat(small.get(0).entries()).isZero();
        small.get(0).grow(0, 0);
        small.get(0).awaitGrowth();
        small.get(0).release();
        assertThat(memory.takenBytes()).isEqualTo(taken);
    }

    @Test
    void exhaustedMemoryLeavesEveryIndexUsableAndReleaseMakesRoom() {
        IndexMemory memory = new IndexMemory(1 << 20);
        HashIndex one = new HashIndex(this.epochs, memory, 1);
        HashIndex other = new HashIndex(this.epochs, memory, 1);
        fill(other, 0, 10_000);
        long[] count = new long[1];

        assertThatExceptionOfType(StateException.class).isThrownBy(() -> {
            for (;; count[0]++) {
                fill(one, count[0], count[0] + 1);
            }
        }).withMessageContaining("index-memory");
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> new HashIndex(this.epochs, memory, 1_000_000))
            .withMessageContaining("index-memory");

        assertThat(memory.takenBytes()).isLessThanOrEqualTo(1 << 20);
        assertThat(one.entries()).isEqualTo(count[0]);
        for (long i = 0; i < count[0]; i++) {
            assertThat(has(one, i)).isTrue();
        }
        fill(one, 0, count[0]);
        fill(other, 0, 10_000);
        other.release();
        fill(one, count[0], count[0] + 5_000);
        assertThat(one.entries()).isEqualTo(count[0] + 5_000);
    }

}
