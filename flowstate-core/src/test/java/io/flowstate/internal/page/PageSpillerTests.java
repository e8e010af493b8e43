package io.flowstate.internal.page;

import java.nio.file.Path;
import java.util.Arrays;

import io.flowstate.compression.Compression;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of a page that is changed, cut and changed again while its bytes are being
 * written to the modified-page file.
 */
class PageSpillerTests {

    private static final int PAGE_BYTES = 512;

    private static final int PAGES = 20;

    private final FaultyFiles files = new FaultyFiles(new MemoryFiles());

    @ParameterizedTest(name = "{0} cached")
    @ValueSource(ints = { 1, 2, 3, 4, 6, 8 })
    void aFrozenPageThatHadChangedWhileItLeftIsNotTakenForTheNewest(int cached) {
        try (TiersFixture fixture = new TiersFixture(LogDeviceFactory.inMemory().open("test"),
                ModifiedPageFile.open(this.files, Path.of("/temporary"), 1L << 30, "test"), 1,
                TiersFixture.Saved.NOTHING, Compression.none(), cached, false)) {
            PagedState state = fixture.state(1, PAGE_BYTES);
            PageCheckpoint cut;
            try (Hold hold = this.files.hold(FileCall.WRITE)) {
                for (int page = 1; page <= PAGES; page++) { // more than the cache takes
                    state.<Integer>change((pages) -> pages.allocate(PAGE_BYTES));
                }
                hold.awaitCaller();
                fill(state, 1); // while one of them leaves
                cut = fixture.cut();
                fill(state, 2);
                assertAll(state, 2); // so that all have left the cache once more
            }
            awaitSpilled(fixture);

            assertAll(state, 2);
            fixture.complete(cut);
            assertAll(state, 2);
        }
    }

    private static void fill(PagedState state, int value) {
        for (int page = 1; page <= PAGES; page++) {
            int number = page;
            state.change((pages) -> {
                Arrays.fill(pages.change(number), (byte) value);
                return null;
            });
        }
    }

    private static void assertAll(PagedState state, int value) {
        for (int page = 1; page <= PAGES; page++) {
            int number = page;
            assertThat(state.<Integer>read((pages) -> (int) pages.page(number)[0])).as("page %d", number)
                .isEqualTo(value);
        }
    }

    private static void awaitSpilled(TiersFixture fixture) {
        while (fixture.tiers.leavingBytes() > 0) {
            Thread.onSpinWait();
        }
    }

}
