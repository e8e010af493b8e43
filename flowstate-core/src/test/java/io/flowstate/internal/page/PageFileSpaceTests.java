package io.flowstate.internal.page;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link PageFileSpace}: how much space it takes for how much it holds. */
class PageFileSpaceTests {

    private static final long LIMIT = 16L << 30;

    private static final long CHUNK = 1 << 20;

    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void aSlotHasAtMostAQuarterMoreThanItsPageNeeds() {
        int checked = 0;
        for (int length = 1; length < ModifiedPageFile.MAX_PAGE_BYTES; length += 1 + length / 100) {
            PageFileSpace space = new PageFileSpace(LIMIT);
            int blocks = SlotBytes.blocks(length);
            for (int i = 0; i < 300 && space.usedBytes() < 2L << 30; i++) {
                assertThat(space.take(length)).isNotNull();
            }

            // A file that has no room for another extent ends with chunks that are not
            // used.
            assertThat(space.sizeBytes()).as("%s blocks", blocks)
                .isLessThanOrEqualTo(space.usedBytes() + space.usedBytes() / 4);
            checked++;
        }
        assertThat(checked).isGreaterThan(1000);
    }

    @Test
    void slotsDoNotOverlap() {
        PageFileSpace space = new PageFileSpace(LIMIT);
        List<PageSlot> slots = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (i % 3 == 2) {
                space.free(slots.remove(this.random.nextInt(slots.size())));
            }
            slots.add(space.take(1 + this.random.nextInt(1 << this.random.nextInt(1, 23))));
        }

        slots.sort((one, other) -> Long.compare(one.position(), other.position()));
        for (int i = 1; i < slots.size(); i++) {
            PageSlot before = slots.get(i - 1);
            long end = before.position() + SlotBytes.blocks(before.length()) * (long) SlotBytes.BLOCK_BYTES;
            assertThat(slots.get(i).position()).isGreaterThanOrEqualTo(end);
        }
    }

    @Test
    void pagesThatAreReplacedAllTheTimeTakeLittleMoreThanTheyNeed() {
        PageFileSpace space = new PageFileSpace(LIMIT);
        List<PageSlot> slots = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            slots.add(space.take(3000 + this.random.nextInt(30_000)));
        }
        for (int i = 0; i < 200_000; i++) {
            int index = this.random.nextInt(slots.size());
            // As a cache does: the new one first.
            PageSlot next = space.take(3000 + this.random.nextInt(30_000));
            space.free(slots.set(index, next));
        }

        assertThat(space.usedBytes()).isGreaterThan(300 * CHUNK);
        assertThat(space.sizeBytes()).isLessThan(space.usedBytes() * 11 / 10 + 20 * CHUNK);
    }

    @Test
    void chunksOfOneSizeServeOthersWhenTheyAreEmpty() {
        PageFileSpace space = new PageFileSpace(LIMIT);
        long size = 0;
        for (int round = 0; round < 20; round++) {
            int length = 1000 + round * 5000;
            List<PageSlot> slots = new ArrayList<>();
            while (space.usedBytes() < 200 * CHUNK) {
                slots.add(space.take(length));
            }
            size = Math.max(size, space.sizeBytes());
            slots.forEach(space::free);
        }

        assertThat(size).isLessThan(250 * CHUNK);
    }

    @Test
    void theLimitIsNeverPassed() {
        for (long limit = 1 << 20; limit < 1 << 30; limit = limit * 5 / 4 + 999) {
            PageFileSpace space = new PageFileSpace(limit);
            for (int i = 0; i < 2000; i++) {
                space.take(1 + this.random.nextInt(1 << this.random.nextInt(1, 23)));
                assertThat(space.sizeBytes()).isLessThanOrEqualTo(limit);
            }
            assertThat(space.usedBytes()).isLessThanOrEqualTo(space.sizeBytes());
            assertThat(space.usedBytes()).isGreaterThan(0);
        }
    }

}
