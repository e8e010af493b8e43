package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.RecordingFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link CommittedNote}.
 */
class CommittedNoteTests {

    private static final Path DIRECTORY = Path.of("/log");

    private static final Path FILE = DIRECTORY.resolve("flowstate.committed");

    private static final UUID STORE_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private final MemoryFiles files = new MemoryFiles();

    @BeforeEach
    void createDirectory() throws Exception {
        this.files.createDirectories(DIRECTORY);
    }

    @Test
    void theBytesAreThoseOfTheFormat() {
        write(0x0102_0304);
        byte[] content = this.files.content(FILE);

        assertThat(content).hasSize(8192);
        String slot = HexFormat.of().formatHex(content, 0, 512);
        assertThat(slot).isEqualTo("466c6f7753746174" + "4e4f5445" + "02000000" + "0403020100000000"
                + "7766554433221100" + "ffeeddccbbaa9988" + "00".repeat(468) + "57c9fdb3");
        assertThat(HexFormat.of().formatHex(content, 512, 4096)).isEqualTo("00".repeat(3584));
        assertThat(HexFormat.of().formatHex(content, 4096, 8192)).isEqualTo(slot + "00".repeat(3584));
    }

    @Test
    void theSlotsAreWrittenInTurn() {
        CommittedNote note = note();
        note.write(noted(5));
        note.write(noted(6));
        note.write(noted(7));

        assertThat(slotVersion(0)).isEqualTo(7);
        assertThat(slotVersion(1)).isEqualTo(6);
        assertThat(this.files.content(FILE)).hasSize(8192);
    }

    @Test
    void damageOfOneSlotLeavesTheOther() {
        CommittedNote note = note();
        note.write(noted(5));
        note.write(noted(6));
        byte[] sound = this.files.content(FILE);

        for (int offset = 0; offset < sound.length; offset++) {
            this.files.replace(FILE, sound);
            this.files.damage(FILE, offset, 1 << offset % 8);

            boolean inNewerSlot = offset >= 4096 && offset < 4096 + 512;
            assertThat(note().read()).as("damage at %s", offset).hasValue(noted(inNewerSlot ? 5 : 6));
        }
    }

    @Test
    void damageOfBothSlotsIsToldFromNoFile() {
        assertThat(note().read()).isEmpty();
        write(5);

        this.files.damage(FILE, 20, 1);
        this.files.damage(FILE, 4096 + 20, 1);

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> note().read())
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(FILE.toString()));
        this.files.replace(FILE, new byte[0]);
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> note().read());
        this.files.replace(FILE, new byte[8192]);
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> note().read());
    }

    @Test
    void anyFileThatIsTooShortStillHoldsItsFirstSlot() {
        write(5);

        this.files.truncate(FILE, 4096 + 511);
        assertThat(note().read()).hasValue(noted(5));
        this.files.truncate(FILE, 512);
        assertThat(note().read()).hasValue(noted(5));
        this.files.truncate(FILE, 511);
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> note().read());
    }

    @Test
    void anotherFormatVersionIsToldFromDamage() {
        write(5);
        for (int formatVersion : new int[] { 1, 3 }) {
            changeFirstSlot(12, formatVersion);

            assertThatExceptionOfType(IncompatibleFormatException.class).isThrownBy(() -> note().read())
                .withMessageContaining(FILE.toString());
        }
    }

    @Test
    void slotsOfTwoStoresAreDamage() {
        write(5);
        changeFirstSlot(24, 1);

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> note().read())
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(FILE.toString()))
            .withMessageContaining(STORE_ID.toString());
    }

    /** Changes one number and makes the checksum fit. */
    private void changeFirstSlot(int offset, int value) {
        byte[] content = this.files.content(FILE);
        ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
        CRC32C checksum = new CRC32C();
        checksum.update(content, 0, 508);
        buffer.putInt(508, (int) checksum.getValue());
        this.files.replace(FILE, content);
    }

    @Test
    void onlyANewStoreTakesThePlaceOfAnother() {
        UUID another = new UUID(3, 4);
        CommittedNote note = note();
        note.write(noted(5));

        assertThatIllegalArgumentException().isThrownBy(() -> note.write(new CommittedVersion(another, 6)))
            .withMessageContaining(FILE.toString());
        assertThat(note().read()).hasValue(noted(5));
        note.write(new CommittedVersion(another, 0));

        assertThat(note().read()).hasValue(new CommittedVersion(another, 0));
    }

    @Test
    void aDamagedNoteIsReplacedByTheNext() {
        write(5);
        this.files.replace(FILE, new byte[8192]);

        CommittedNote note = note();
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(note::read);
        note.write(noted(6));

        assertThat(note().read()).hasValue(noted(6));
        assertThat(slotVersion(0)).isEqualTo(slotVersion(1)).isEqualTo(6);
    }

    @Test
    void aPowerCutLeavesTheLastVersionNotedOrTheOneBeingNoted() {
        RecordingFiles recording = new RecordingFiles(this.files);
        CommittedNote note = new CommittedNote(recording, DIRECTORY);
        for (long version : new long[] { 0, 1, 2, 3, 10, 11, 0, 1, 2 }) {
            recording.mark(Optional.of(noted(version)));
            note.write(noted(version));
            recording.mark(noted(version));
        }

        SplittableRandom random = new SplittableRandom(1);
        for (int cut = 0; cut <= recording.operations(); cut++) {
            List<Object> marks = recording.marksBefore(cut);
            Object last = marks.isEmpty() ? "nothing" : marks.get(marks.size() - 1);
            for (int attempt = 0; attempt < 50; attempt++) {
                MemoryFiles left = recording.rebuild(cut, random);
                Optional<CommittedVersion> found = new CommittedNote(left, DIRECTORY).read();

                if (last instanceof CommittedVersion acknowledged) {
                    assertThat(found).as("cut %s", cut).hasValue(acknowledged);
                }
                else if (marks.size() > 1) {
                    CommittedVersion acknowledged = (CommittedVersion) marks.get(marks.size() - 2);
                    assertThat(found).as("cut %s", cut).isIn(Optional.of(acknowledged), last);
                }
                else {
                    assertThat(found).as("cut %s", cut).isIn(Optional.empty(), last);
                }
            }
        }
    }

    @Test
    void notingTheSameAgainMakesDurableWhatADeadProcessWrote() {
        RecordingFiles recording = new RecordingFiles(this.files);
        FaultyFiles dying = new FaultyFiles(recording);
        CommittedNote dead = new CommittedNote(dying, DIRECTORY);
        dead.write(noted(0));
        dying.failFrom(FileCall.FORCE, 1);
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> dead.write(noted(1)));

        CommittedNote next = new CommittedNote(recording, DIRECTORY);
        assertThat(next.read()).hasValue(noted(1));
        next.write(noted(1));

        SplittableRandom random = new SplittableRandom(3);
        for (int attempt = 0; attempt < 50; attempt++) {
            MemoryFiles left = recording.rebuild(recording.operations(), random);
            assertThat(new CommittedNote(left, DIRECTORY).read()).hasValue(noted(1));
        }
    }

    @Test
    void afterAnyFailureTheNextVersionIsNotedDurably() {
        SplittableRandom random = new SplittableRandom(2);
        for (FileCall kind : FileCall.values()) {
            MemoryFiles disk = this.files.copy();
            RecordingFiles recording = new RecordingFiles(disk);
            FaultyFiles faulty = new FaultyFiles(recording);
            CommittedNote note = new CommittedNote(faulty, DIRECTORY);
            note.write(noted(1));
            note.write(noted(2));
            faulty.failCall(kind, 1);
            try {
                note.write(noted(3));
            }
            catch (StorageUnavailableException ex) {
                assertThat(ex).hasMessageContaining(FILE.toString());
            }
            faulty.heal();

            note.write(noted(4));

            for (int attempt = 0; attempt < 50; attempt++) {
                MemoryFiles left = recording.rebuild(recording.operations(), random);
                assertThat(new CommittedNote(left, DIRECTORY).read()).as("after a failed %s", kind).hasValue(noted(4));
            }
        }
    }

    @Test
    void aFileWhoseForceFailedIsNotForcedByTheNextOpeningEither() {
        note().write(noted(5));
        FaultyFiles faulty = new FaultyFiles(this.files);
        CommittedNote first = new CommittedNote(faulty, DIRECTORY);
        first.read();
        first.write(noted(6));
        faulty.failCall(FileCall.FORCE, 1);
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> first.write(noted(7)));

        CommittedNote second = new CommittedNote(faulty, DIRECTORY);
        second.read();
        second.write(noted(7));

        assertThat(faulty.forcedAgain()).isEmpty();
        assertThat(note().read()).contains(noted(7));
    }

    @Test
    void aFullMediumIsSaid() {
        FaultyFiles faulty = new FaultyFiles(this.files);
        faulty.limitRoom(100);

        assertThatExceptionOfType(StorageFullException.class)
            .isThrownBy(() -> new CommittedNote(faulty, DIRECTORY).write(noted(1)))
            .withMessageContaining(FILE.toString());
    }

    private CommittedNote note() {
        return new CommittedNote(this.files, DIRECTORY);
    }

    private static CommittedVersion noted(long version) {
        return new CommittedVersion(STORE_ID, version);
    }

    private void write(long version) {
        note().write(noted(version));
    }

    private long slotVersion(int slot) {
        return ByteBuffer.wrap(this.files.content(FILE)).order(ByteOrder.LITTLE_ENDIAN).getLong(slot * 4096 + 16);
    }

}
