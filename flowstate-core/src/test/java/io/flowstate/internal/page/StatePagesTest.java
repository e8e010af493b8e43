package io.flowstate.internal.page;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

import io.flowstate.compression.Compression;
import io.flowstate.internal.pagestore.PageCodecs;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The pages of one state where several things happen to them at once. */
class StatePagesTest {

    private static final int STATE = 1;

    private static final int PAGE_BYTES = 2048;

    @TempDir
    Path directory;

    private TiersFixture fixture;

    private PagedState state;

    @BeforeEach
    void open() {
        ModifiedPageFile file = ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test");
        this.fixture = new TiersFixture(LogDeviceFactory.inMemory().open("test"), file, 1, TiersFixture.Saved.NOTHING,
                Compression.none(), 100, false);
        this.state = this.fixture.state(STATE, PAGE_BYTES);
    }

    @AfterEach
    void close() {
        this.fixture.close();
    }

    private PageSpace space() {
        return Objects.requireNonNull(this.fixture.pages(STATE).space());
    }

    /**
     * A restore may bring the id of the state and, in the log that goes on from there,
     * even the address of the image back, with other bytes.
     */
    @Test
    void aPageThatWasFetchedBeforeARestoreIsNotTakenAfterIt() {
        int number = this.state.<Integer>change((pages) -> pages.allocate(100));
        this.fixture.complete(this.fixture.cut());
        PageSpace before = space();
        this.fixture.tiers.forget(before.key(number));
        FetchedPages fetched = new FetchedPages();
        this.fixture.pages(STATE).fetch(before, number, fetched);
        assertThat(fetched.get(number)).isNotNull();

        StatePages pages = this.fixture.pages(STATE);
        pages.dispose(pages.recover(STATE, PAGE_BYTES, new long[PageView.FIELDS], number + 1));
        space().table.set(number, before.table.get(number));

        PageAccess access = new PageAccess(this.fixture.tiers, space(), fetched, 0);
        assertThatExceptionOfType(PageMissingException.class).isThrownBy(() -> access.page(number));
    }

    @Test
    void pagesThatComeAndGoBetweenTwoCheckpointsLeaveNothingBehind() {
        for (int i = 0; i < 20_000; i++) {
            int[] numbers = this.state.change((pages) -> new int[] { pages.allocate(10), pages.allocate(10) });
            this.state.change((pages) -> {
                pages.free(numbers[0]);
                pages.free(numbers[1]);
                return null;
            });
        }

        assertThat(space().nextPage()).isLessThan(10);
        assertThat(space().changedPages).isEmpty();
        assertThat(space().takeChanged()).hasSizeLessThan(5_000);
    }

    @Test
    void aPageThatIsChangedWhileItIsSpilledDoesNotStayInMemoryOutsideTheCache() {
        int number = this.state.<Integer>change((pages) -> pages.allocate(100));
        long key = space().key(number);
        StatePages pages = this.fixture.pages(STATE);
        Page page = Objects.requireNonNull(this.fixture.tiers.cached(key));
        Page.Spilling spilling = Objects.requireNonNull(pages.beginSpilling(page, false, byte[]::new));
        this.state.change((editor) -> editor.change(number)[0] = 1);
        this.fixture.tiers.forget(key); // as if its eviction ended only now

        boolean taken = pages.endSpilling(page, spilling, new PageSlot(0, 100, 1));

        assertThat(taken).isFalse();
        assertThat(this.fixture.tiers.cached(key)).isSameAs(page);
    }

    @Test
    void aSpilledPageThatIsChangedWhileItLeavesTheCacheIsInTheCacheAgain() {
        int number = this.state.<Integer>change((pages) -> pages.allocate(100));
        long key = space().key(number);
        StatePages pages = this.fixture.pages(STATE);
        Page page = Objects.requireNonNull(this.fixture.tiers.cached(key));
        Page.Spilling spilling = Objects.requireNonNull(pages.beginSpilling(page, false, byte[]::new));
        PageSlot slot = this.fixture.tiers.file()
            .write(this.fixture.store.codecs()
                .encode(STATE, number, spilling.bytes(), spilling.length(),
                        new byte[PageCodecs.maxImageBytes(spilling.length())]));
        assertThat(pages.endSpilling(page, spilling, slot)).isTrue();

        byte changed = this.state.change((editor) -> {
            editor.page(number);
            this.fixture.tiers.forget(key);
            byte[] bytes = editor.change(number);
            bytes[0] = 1;
            return bytes[0];
        });

        assertThat(changed).isEqualTo((byte) 1);
        assertThat(this.fixture.tiers.cached(key)).isNotNull();
        assertThat(this.fixture.tiers.file().usedBytes()).isZero();
    }

    /** Else its older content would be taken for the newest. */
    @Test
    void aPageThatWasCutAndChangedWhileItsOlderContentWasSpilledStaysTheNewest() {
        int number = this.state.<Integer>change((pages) -> pages.allocate(100));
        StatePages pages = this.fixture.pages(STATE);
        Page page = Objects.requireNonNull(this.fixture.tiers.cached(space().key(number)));
        Page.Spilling spilling = Objects.requireNonNull(pages.beginSpilling(page, false, byte[]::new));
        this.state.change((editor) -> editor.change(number)[0] = 1);
        PageCheckpoint cut = this.fixture.cut();
        this.state.change((editor) -> editor.change(number)[0] = 2);
        this.fixture.tiers.forget(space().key(number));
        this.fixture.tiers.forget(space().frozenKey(number));

        pages.endSpilling(page, spilling, new PageSlot(0, 100, 1));

        assertThat(this.state.<Byte>read((view) -> view.page(number)[0])).isEqualTo((byte) 2);
        assertThat(this.fixture.tiers.cached(space().frozenKey(number))).isSameAs(page);
        this.fixture.complete(cut);
        assertThat(this.fixture.tiers.cached(space().frozenKey(number))).isNull();
        assertThat(this.state.<Byte>read((view) -> view.page(number)[0])).isEqualTo((byte) 2);
    }

    @Test
    void aPageThatIsReplacedOrFreedIsNotFetched() {
        int replaced = this.state.<Integer>change((pages) -> pages.allocate(100));
        int freed = this.state.<Integer>change((pages) -> pages.allocate(100));
        this.fixture.complete(this.fixture.cut());
        this.fixture.tiers.forget(space().key(replaced));
        this.fixture.tiers.forget(space().key(freed));

        this.state.change((pages) -> {
            pages.checkInUse(freed);
            pages.free(freed);
            Arrays.fill(pages.replace(replaced, 50), (byte) 1);
            return null;
        });

        assertThat(this.fixture.tiers.storeReads()).isZero();
        assertThat(this.state.<byte[]>read((pages) -> pages.page(replaced).clone())).hasSize(50).containsOnly(1);
        assertThatExceptionOfType(CorruptStateException.class)
            .isThrownBy(() -> this.state.change((pages) -> pages.replace(freed, 50)))
            .withMessageContaining("a page that is free");
    }

    /** Its number would be given out twice. */
    @Test
    void aPageThatIsFreedTwiceIsRefusedAndNothingIsSpoiled() {
        int number = this.state.<Integer>change((pages) -> pages.allocate(10));
        int other = this.state.<Integer>change((pages) -> pages.allocate(10));
        this.state.change((pages) -> {
            pages.free(number);
            return null;
        });

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> this.state.change((pages) -> {
            pages.free(number);
            return null;
        })).withMessageContaining("a page that is free");

        this.state.change((pages) -> pages.change(other)[0] = 1);
        this.fixture.complete(this.fixture.cut());
        assertThat(this.state.<Byte>read((view) -> view.page(other)[0])).isEqualTo((byte) 1);
    }

    /** They would take as much memory again as the cache may have. */
    @Test
    void pagesThatACheckpointNeedsOfAClearedStateLeaveMemoryAsOthersDo() {
        int count = 100; // as many as there is room for
        for (int i = 1; i <= count; i++) {
            byte value = (byte) i;
            this.state.change((pages) -> pages.change(pages.allocate(PAGE_BYTES))[0] = value);
        }
        PageCheckpoint cut = this.fixture.cut();
        PageSpace before = space();

        StatePages pages = this.fixture.pages(STATE);
        pages.dispose(pages.begin(STATE + 1, PAGE_BYTES, false));
        for (int i = 0; i < count; i++) {
            this.state.<Integer>change((editor) -> editor.allocate(PAGE_BYTES));
        }
        while (this.fixture.tiers.leavingBytes() > 0) {
            assertThat(this.fixture.tiers.spillFailure()).isNull();
            Thread.onSpinWait();
        }

        for (int number = 1; number <= count; number++) {
            Page page = Objects.requireNonNull(before.changedPages.get(number)).newest.page;
            assertThat(page == null || this.fixture.tiers.cached(before.key(number)) == page)
                .as("page %d is in the cache if it is in memory", number)
                .isTrue();
        }
        this.fixture.complete(cut);
        for (int number = 1; number <= count; number++) {
            byte[] written = this.fixture.store.read(STATE, number, before.table.get(number));
            assertThat(Objects.requireNonNull(written)[0]).isEqualTo((byte) number);
            assertThat(this.fixture.tiers.cached(before.key(number))).isNull();
        }
    }

}
