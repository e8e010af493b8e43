package io.flowstate.internal.page;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import io.flowstate.compression.Compression;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.DeviceCall;
import io.flowstate.testing.FaultyLogDevices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Random changes of pages, cuts, checkpoints that succeed or fail, crashes and
 * recoveries, against arrays in maps.
 */
class PageTiersModelTest {

    private static final int PAGE_BYTES = 2048;

    private static final int STATES = 3;

    private static final Compression OWN_CODEC = Compression.of("my-zlib", DeflaterOutputStream::new,
            InflaterInputStream::new);

    @TempDir
    Path directory;

    @Test
    void pagesAreWhatWasWrittenThroughEvictionsCheckpointsFailuresAndCrashes() {
        long seed = Long.getLong("flowstate.torture.seed", new SplittableRandom().nextLong());
        int runs = Integer.getInteger("flowstate.torture.tierSeeds", 50);
        System.out.println("[torture] tiers: seed " + seed + " (-Dflowstate.torture.seed=" + seed + ")");
        for (int run = 0; run < runs; run++) {
            try {
                run(new SplittableRandom(seed + run));
            }
            catch (Throwable ex) {
                throw new AssertionError(
                        "run with -Dflowstate.torture.seed=" + (seed + run) + " -Dflowstate.torture.tierSeeds=1", ex);
            }
        }
    }

    /** As a damaged reference to it would have it. */
    @Test
    void aPageThatNeverExistedIsToldAsDamage() {
        ModifiedPageFile file = ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test");
        try (TiersFixture fixture = new TiersFixture(LogDeviceFactory.inMemory().open("test"), file, 1,
                TiersFixture.Saved.NOTHING, Compression.none(), 4, false)) {
            PagedState state = fixture.state(1, PAGE_BYTES);

            for (int number : new int[] { 1, 99, Integer.MAX_VALUE, 0, -1, Integer.MIN_VALUE }) {
                assertThatExceptionOfType(CorruptStateException.class).as("reading %d", number)
                    .isThrownBy(() -> state.<Integer>read((pages) -> pages.page(number).length));
                assertThatExceptionOfType(CorruptStateException.class).as("changing %d", number)
                    .isThrownBy(() -> state.<Integer>change((pages) -> pages.change(number).length));
            }
        }
    }

    private void run(SplittableRandom random) {
        FaultyLogDevices devices = new FaultyLogDevices(LogDeviceFactory.inMemory());
        LogDevice device = devices.open("test");
        Model committed = new Model();
        TiersFixture.Saved saved = TiersFixture.Saved.NOTHING;
        boolean ownCodec = random.nextInt(4) == 0; // then no other run could read it
        for (int session = 1; session <= 4; session++) {
            ModifiedPageFile file = ModifiedPageFile.open(LocalFiles.system(), this.directory, 1L << 30, "test");
            Model model = committed.copy();
            try (TiersFixture fixture = new TiersFixture(device, file, session, saved,
                    ownCodec ? OWN_CODEC : codec(random), 1 + random.nextInt(12), random.nextBoolean())) {
                PageCheckpoint cut = null;
                Model frozen = null;
                for (int step = 0; step < 400; step++) {
                    int choice = random.nextInt(100);
                    if (choice < 80) {
                        int id = 1 + random.nextInt(STATES);
                        change(random, fixture.state(id, PAGE_BYTES), model.state(id));
                    }
                    else if (choice < 92) {
                        int id = 1 + random.nextInt(STATES);
                        check(fixture.state(id, PAGE_BYTES), model.state(id));
                    }
                    else if (cut == null) {
                        cut = fixture.cut();
                        frozen = model.copy();
                    }
                    else if (random.nextInt(3) > 0) {
                        if (random.nextBoolean()) {
                            fail(random, devices);
                        }
                        try {
                            fixture.complete(cut);
                            committed = frozen;
                        }
                        catch (StorageUnavailableException ex) {
                            assertThat(ex).hasStackTraceContaining("FaultyLogDevice");
                        }
                        devices.heal();
                        cut = null;
                    }
                    else {
                        if (random.nextBoolean()) {
                            cut.write(); // and then the manifest could not be written
                        }
                        cut.fail();
                        cut = null;
                    }
                }
                saved = fixture.saved();
            }
        }
        assertThat(devices.usedAgain()).isEmpty();
    }

    /** Lets one of the next calls of the device fail, if there are so many. */
    private static void fail(SplittableRandom random, FaultyLogDevices devices) {
        switch (random.nextInt(4)) {
            case 0 -> devices.failCall(DeviceCall.CREATE, 1);
            case 1 -> devices.failCall(DeviceCall.SYNC, 1 + random.nextInt(2));
            case 2 -> devices.tearWrite(1 + random.nextInt(6));
            default -> devices.failCall(DeviceCall.READ, 1 + random.nextInt(6));
        }
    }

    private static Compression codec(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> Compression.none();
            case 1 -> Compression.zlib();
            default -> Compression.zstd();
        };
    }

    private static void change(SplittableRandom random, PagedState state, StateModel model) {
        int count = 1 + random.nextInt(12);
        long seed = random.nextLong();
        state.change((pages) -> {
            SplittableRandom choices = new SplittableRandom(seed); // the action may run
                                                                   // again
            List<Integer> numbers = new ArrayList<>(model.pages.keySet());
            List<Integer> chosen = new ArrayList<>();
            for (int i = 0; i < count && !numbers.isEmpty(); i++) {
                chosen.add(numbers.remove(choices.nextInt(numbers.size())));
            }
            int seen = choices.nextInt(chosen.size() + 1);
            List<Integer> looked = chosen.subList(0, seen);
            List<Integer> unseen = chosen.subList(seen, chosen.size());
            looked.forEach((number) -> assertSame(number, pages.page(number), model.pages.get(number)));
            unseen.forEach(pages::checkInUse);
            looked.forEach((number) -> changeOne(choices, pages, model, number));
            unseen.forEach((number) -> changeUnseen(choices, pages, model, number));
            if (choices.nextInt(3) == 0) {
                int length = 1 + choices.nextInt(PAGE_BYTES);
                int number = pages.allocate(length);
                assertThat(model.pages).doesNotContainKey(number);
                assertThat(pages.page(number)).isEqualTo(new byte[length]);
                model.pages.put(number, new byte[length]);
                changeOne(choices, pages, model, number);
            }
            int index = choices.nextInt(PageView.FIELDS);
            assertThat(pages.field(index)).isEqualTo(model.fields[index]);
            model.fields[index] = choices.nextLong();
            pages.field(index, model.fields[index]);
            return null;
        });
    }

    private static void changeOne(SplittableRandom choices, PageEditor pages, StateModel model, int number) {
        byte[] bytes;
        switch (choices.nextInt(10)) {
            case 0 -> {
                pages.free(number);
                model.pages.remove(number);
                return;
            }
            case 1 -> {
                int length = 1 + choices.nextInt(PAGE_BYTES);
                bytes = pages.resize(number, length);
                model.pages.put(number, Arrays.copyOf(model.pages.get(number), length));
            }
            default -> bytes = pages.change(number);
        }
        assertSame(number, bytes, model.pages.get(number));
        byte value = (byte) choices.nextInt(20);
        int from = choices.nextInt(bytes.length);
        Arrays.fill(bytes, from, bytes.length, value);
        Arrays.fill(model.pages.get(number), from, bytes.length, value);
    }

    private static void changeUnseen(SplittableRandom choices, PageEditor pages, StateModel model, int number) {
        if (choices.nextInt(5) == 0) {
            pages.free(number);
            model.pages.remove(number);
            return;
        }
        int present = model.pages.get(number).length;
        byte[] bytes = pages.replace(number, choices.nextBoolean() ? present : 1 + choices.nextInt(PAGE_BYTES));
        Arrays.fill(bytes, (byte) choices.nextInt(20));
        model.pages.put(number, bytes.clone());
        assertSame(number, pages.page(number), bytes);
    }

    private static void check(PagedState state, StateModel model) {
        model.pages.forEach((number, bytes) -> {
            byte[] read = state.read((pages) -> pages.page(number).clone());
            assertSame(number, read, bytes);
        });
        for (int i = 0; i < PageView.FIELDS; i++) {
            int index = i;
            long field = state.read((pages) -> pages.field(index));
            assertThat(field).isEqualTo(model.fields[index]);
        }
    }

    private static void assertSame(int number, byte[] found, byte[] expected) {
        assertThat(Arrays.mismatch(found, expected)).as("where page %d is not as expected", number).isEqualTo(-1);
    }

    private static final class Model {

        private final Map<Integer, StateModel> states = new TreeMap<>();

        StateModel state(int id) {
            return this.states.computeIfAbsent(id, (absent) -> new StateModel());
        }

        Model copy() {
            Model copy = new Model();
            this.states.forEach((id, state) -> copy.states.put(id, state.copy()));
            return copy;
        }

    }

    private static final class StateModel {

        private final Map<Integer, byte[]> pages = new TreeMap<>();

        private long[] fields = new long[PageView.FIELDS];

        StateModel copy() {
            StateModel copy = new StateModel();
            this.pages.forEach((number, bytes) -> copy.pages.put(number, bytes.clone()));
            copy.fields = this.fields.clone();
            return copy;
        }

    }

}
