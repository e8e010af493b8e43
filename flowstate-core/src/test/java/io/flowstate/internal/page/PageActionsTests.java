package io.flowstate.internal.page;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.compression.Compression;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Readers that are slow between two pages, while a writer changes both.
 */
class PageActionsTests {

    private static final int PAGE_BYTES = 512;

    @TempDir
    Path directory;

    private TiersFixture fixture;

    private PagedState state;

    private int first;

    private int second;

    @BeforeEach
    void makeTwoPages() {
        this.fixture = new TiersFixture(LogDeviceFactory.inMemory().open("test"),
                ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test"), 1,
                TiersFixture.Saved.NOTHING, Compression.none(), 100, false);
        this.state = this.fixture.state(1, PAGE_BYTES);
        this.first = allocate();
        this.second = allocate();
    }

    @AfterEach
    void close() {
        this.fixture.close();
    }

    private int allocate() {
        return this.state.change((pages) -> pages.allocate(PAGE_BYTES));
    }

    /** Fills both pages with a number, in another thread. */
    private void write(int number) {
        CompletableFuture.runAsync(() -> this.state.change((pages) -> {
            pages.page(this.first);
            pages.page(this.second);
            Arrays.fill(pages.change(this.first), (byte) number);
            Arrays.fill(pages.change(this.second), (byte) number);
            return null;
        })).join();
    }

    @Test
    void aReaderThatAWriterOvertakesLooksAgain() {
        AtomicInteger tries = new AtomicInteger();

        int sum = this.state.read((pages) -> {
            int one = pages.page(this.first)[0];
            if (tries.incrementAndGet() == 1) {
                write(7);
            }
            return one + pages.page(this.second)[0];
        });

        assertThat(sum).isEqualTo(14);
        assertThat(tries).hasValue(2);
    }

    @Test
    void whatAReaderThrowsOverPagesOfTwoMomentsIsNotTold() {
        AtomicInteger tries = new AtomicInteger();

        int value = this.state.read((pages) -> {
            int one = pages.page(this.first)[0];
            if (tries.incrementAndGet() == 1) {
                write(7);
            }
            if (one != pages.page(this.second)[0]) {
                throw new IndexOutOfBoundsException("two pages of two moments");
            }
            return one;
        });

        assertThat(value).isEqualTo(7);
    }

    @Test
    void aReaderThatIsOvertakenAgainAndAgainKeepsWritersAwayAtLast() {
        AtomicInteger tries = new AtomicInteger();
        AtomicInteger written = new AtomicInteger();
        CompletableFuture<?>[] late = new CompletableFuture<?>[1];

        int sum = this.state.read((pages) -> {
            int one = pages.page(this.first)[0];
            if (tries.incrementAndGet() <= 3) {
                write(written.incrementAndGet());
            }
            else {
                late[0] = CompletableFuture.runAsync(() -> write(100));
            }
            return one + pages.page(this.second)[0];
        });
        late[0].join();

        assertThat(sum).isEqualTo(6);
        assertThat(tries).hasValue(4);
        assertThat(this.state.<Integer>read((pages) -> (int) pages.page(this.first)[0])).isEqualTo(100);
    }

}
