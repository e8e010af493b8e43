package io.flowstate.internal.page;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.compression.Compression;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that move amounts between pages while others add them up, pages are evicted,
 * checkpoints are taken and fail.
 */
class PageTiersThreadsTest {

    private static final int PAGES = 24;

    private static final int PAGE_BYTES = 512;

    private static final byte AMOUNT = 100;

    @TempDir
    Path directory;

    @Test
    void noReaderAndNoCheckpointSeesHalfAChange() throws Exception {
        for (int round = 0; round < 6; round++) {
            run(new SplittableRandom(round), 1 + 3 * round, round % 2 == 0);
        }
    }

    private void run(SplittableRandom random, int cached, boolean readCache) throws Exception {
        var device = LogDeviceFactory.inMemory().open("test");
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean stop = new AtomicBoolean();
        TiersFixture.Saved saved;
        try (TiersFixture fixture = new TiersFixture(device,
                ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test"), 1,
                TiersFixture.Saved.NOTHING, Compression.none(), cached, readCache)) {
            PagedState state = fixture.state(1, PAGE_BYTES);
            state.change((pages) -> {
                for (int i = 0; i < PAGES; i++) {
                    Arrays.fill(pages.change(pages.allocate(PAGE_BYTES)), AMOUNT);
                }
                return null;
            });
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                SplittableRandom own = random.split();
                running.add(threads.submit(() -> {
                    while (!stop.get()) {
                        move(state, 1 + own.nextInt(PAGES), 1 + own.nextInt(PAGES));
                    }
                }));
            }
            running.add(threads.submit(() -> {
                while (!stop.get()) {
                    assertThat(sum(state)).isEqualTo(PAGES * AMOUNT);
                }
            }));
            for (int i = 0; i < 60; i++) {
                PageCheckpoint cut = fixture.cut();
                if (i % 5 == 4) {
                    cut.write();
                    cut.fail();
                }
                else {
                    fixture.complete(cut);
                }
            }
            stop.set(true);
            for (Future<?> future : running) {
                future.get();
            }
            assertThat(sum(state)).isEqualTo(PAGES * AMOUNT);
            fixture.complete(fixture.cut());
            saved = fixture.saved();
        }
        finally {
            stop.set(true);
            threads.shutdown();
        }
        try (TiersFixture fixture = new TiersFixture(device,
                ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test"), 2, saved,
                Compression.none(), cached, false)) {
            assertThat(sum(fixture.state(1, PAGE_BYTES))).isEqualTo(PAGES * AMOUNT);
        }
    }

    /** One page after another is the only one that counts. */
    @Test
    void aPageThatIsFreedWhileItIsFetchedIsNoDamage() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean stop = new AtomicBoolean();
        try (TiersFixture fixture = new TiersFixture(LogDeviceFactory.inMemory().open("test"),
                ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test"), 1,
                TiersFixture.Saved.NOTHING, Compression.none(), 1, false)) {
            PagedState state = fixture.state(1, PAGE_BYTES);
            state.change((pages) -> {
                for (int i = 0; i < PAGES; i++) { // so that the cache has others
                    pages.allocate(PAGE_BYTES);
                }
                pages.field(0, pages.allocate(PAGE_BYTES));
                return null;
            });
            List<Future<?>> running = new ArrayList<>();
            running.add(threads.submit(() -> {
                while (!stop.get()) {
                    replace(state);
                }
            }));
            for (int i = 0; i < 3; i++) {
                SplittableRandom own = new SplittableRandom(i);
                running.add(threads.submit(() -> {
                    while (!stop.get()) {
                        int other = 1 + own.nextInt(PAGES);
                        assertThat(state.<Integer>read((pages) -> pages.page(other).length)).isEqualTo(PAGE_BYTES);
                        assertThat(state.<Integer>read((pages) -> pages.page((int) pages.field(0)).length))
                            .isEqualTo(PAGE_BYTES);
                    }
                }));
            }
            for (int i = 0; i < 300; i++) {
                fixture.complete(fixture.cut());
            }
            stop.set(true);
            for (Future<?> future : running) {
                future.get();
            }
        }
        finally {
            stop.set(true);
            threads.shutdown();
        }
    }

    private static void replace(PagedState state) {
        state.change((pages) -> {
            int before = (int) pages.field(0);
            pages.field(0, pages.allocate(PAGE_BYTES));
            pages.free(before);
            return null;
        });
    }

    private static void move(PagedState state, int from, int to) {
        state.change((pages) -> {
            pages.page(from);
            pages.page(to);
            if (from != to) {
                byte less = (byte) (pages.page(from)[0] - 1);
                byte more = (byte) (pages.page(to)[0] + 1);
                if (less > Byte.MIN_VALUE && more < Byte.MAX_VALUE) {
                    Arrays.fill(pages.change(from), less);
                    Arrays.fill(pages.change(to), more);
                }
            }
            return null;
        });
    }

    /** The sum over all pages, each of which is full of one value. */
    private static int sum(PagedState state) {
        return state.read((pages) -> {
            int sum = 0;
            for (int page = 1; page <= PAGES; page++) {
                byte[] bytes = pages.page(page);
                byte first = bytes[0];
                for (byte value : bytes) {
                    if (value != first) {
                        throw new IllegalStateException("page " + page + " is torn");
                    }
                }
                sum += first;
            }
            return sum;
        });
    }

}
