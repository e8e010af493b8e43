package io.flowstate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * Reads and writes {@value #FILE} in the log directory: the store that the logs are of
 * and its version that was committed last, so that the manifest of another store, or an
 * older one, is recognised.
 *
 * <p>
 * The file has two slots, each in a block of its own of 4096 bytes. The older slot is
 * overwritten and forced, so a write that is torn leaves the other one. What no slot
 * covers is zero and never read. Numbers are little-endian.
 *
 * <pre>
 *      0   slot 0 (512 bytes)
 *    512   zeros
 *   4096   slot 1 (512 bytes)
 *   4608   zeros
 *   8192   end
 *
 *   slot:  0   8  magic "FlowStat"
 *          8   4  kind "NOTE"
 *         12   4  format version, 2
 *         16   8  committed version
 *         24  16  store id, most significant long first
 *         40 468  zeros
 *        508   4  CRC32C of the 508 bytes before
 * </pre>
 *
 * Both slots are of one store. A new file is written beside it as
 * {@value #TEMPORARY_FILE}, forced and renamed, so it exists with both slots or not at
 * all. A file that a write or force has failed on, or may have before it was opened, is
 * replaced in the same way, never forced again.
 *
 * <p>
 * Used by one thread at a time.
 */
final class CommittedNote {

    static final String FILE = "flowstate.committed";

    static final String TEMPORARY_FILE = FILE + ".tmp";

    private static final byte[] MAGIC = { 'F', 'l', 'o', 'w', 'S', 't', 'a', 't' };

    private static final byte[] KIND = { 'N', 'O', 'T', 'E' };

    private static final int FORMAT_VERSION = 2;

    private static final int BLOCK_SIZE = 4096;

    private static final int SLOT_SIZE = 512;

    private static final int CHECKSUM_OFFSET = SLOT_SIZE - Integer.BYTES;

    private final LocalFiles files;

    private final Path directory;

    private final Path path;

    /** Which slots hold what; null if that is not known. */
    private @Nullable Slots slots;

    /**
     * Whether a write or force of the file may have failed: until this object has made
     * it, since it is not known how whoever had it before has ended.
     */
    private boolean doubtful = true;

    /** Whether a file is the note, or one that was about to become it, by its name. */
    static boolean isNote(String fileName) {
        return fileName.equals(FILE) || fileName.equals(TEMPORARY_FILE);
    }

    CommittedNote(LocalFiles files, Path directory) {
        this.files = files;
        this.directory = directory;
        this.path = directory.resolve(FILE);
    }

    /**
     * What was noted last.
     * @return the store and its version, empty if the file does not exist
     * @throws CorruptStateException if neither slot can be believed, or they are of two
     * stores
     * @throws IncompatibleFormatException if a slot is of another format version
     */
    Optional<CommittedVersion> read() {
        this.slots = null;
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK_SIZE + SLOT_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        try (LocalFiles.LocalFile file = this.files.openForReading(this.path)) {
            file.read(0, bytes);
        }
        catch (NoSuchFileException ex) {
            return Optional.empty();
        }
        catch (IOException ex) {
            throw StorageErrors.of("read", this.path, ex);
        }
        // What is missing at the end stays zero, and no slot of zeros is valid.
        CommittedVersion first = decode(bytes, 0);
        CommittedVersion second = decode(bytes, 1);
        if (first == null && second == null) {
            throw new CorruptStateException(this.path.toString(), 0, "a slot with a valid checksum",
                    "two damaged slots");
        }
        if (first != null && second != null && !first.storeId().equals(second.storeId())) {
            throw new CorruptStateException(this.path.toString(), BLOCK_SIZE,
                    "a slot of store " + first.storeId() + ", as the other", "one of store " + second.storeId());
        }
        this.slots = new Slots(first, second);
        return Optional.of(this.slots.newest());
    }

    /** What is in a slot, null if the slot is damaged. */
    private @Nullable CommittedVersion decode(ByteBuffer bytes, int slot) {
        int start = slot * BLOCK_SIZE;
        ByteBuffer content = bytes.slice(start, SLOT_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        boolean intact = checksum(content) == content.getInt(CHECKSUM_OFFSET) && holds(content, 0, MAGIC)
                && holds(content, MAGIC.length, KIND);
        if (!intact) {
            return null;
        }
        int formatVersion = content.getInt(12);
        if (formatVersion != FORMAT_VERSION) {
            throw new IncompatibleFormatException(this.path.toString(), formatVersion, FORMAT_VERSION);
        }
        long version = content.getLong(16);
        return (version < 0) ? null : new CommittedVersion(new UUID(content.getLong(24), content.getLong(32)), version);
    }

    private static boolean holds(ByteBuffer content, int offset, byte[] expected) {
        byte[] found = new byte[expected.length];
        content.get(offset, found);
        return Arrays.equals(found, expected);
    }

    /**
     * Notes a version, durable when this returns.
     * @param note of the store noted last and not below its version, or version 0 to
     * begin anew
     */
    void write(CommittedVersion note) {
        Slots before = (note.version() != 0) ? this.slots : null;
        if (before != null) {
            checkFollows(note, before.newest(), this.path.toString());
        }
        boolean sound = !this.doubtful;
        this.doubtful = true;
        try {
            this.slots = (before != null && sound) ? overwriteOlderSlot(before, note) : replaceFile(note);
        }
        catch (IOException ex) {
            throw StorageErrors.of("write", this.path, ex);
        }
        this.doubtful = false;
    }

    /** Refuses a note that may not stand where the one before stood. */
    static void checkFollows(CommittedVersion note, CommittedVersion before, String resource) {
        boolean follows = note.storeId().equals(before.storeId()) && note.version() >= before.version();
        if (!follows && note.version() != 0) {
            throw new IllegalArgumentException(note + " cannot be noted in " + resource + " after " + before
                    + ": versions never fall, and only a new store, at version 0, takes the place of another");
        }
    }

    private Slots overwriteOlderSlot(Slots before, CommittedVersion note) throws IOException {
        int older = (versionIn(before.first()) < versionIn(before.second())) ? 0 : 1;
        try (LocalFiles.LocalFile file = this.files.openForWriting(this.path)) {
            file.write((long) older * BLOCK_SIZE, encode(note));
            file.force();
        }
        return (older == 0) ? new Slots(note, before.second()) : new Slots(before.first(), note);
    }

    private Slots replaceFile(CommittedVersion note) throws IOException {
        Path temporary = this.directory.resolve(TEMPORARY_FILE);
        this.files.delete(temporary);
        ByteBuffer content = ByteBuffer.allocate(2 * BLOCK_SIZE);
        content.put(0, encode(note), 0, SLOT_SIZE).put(BLOCK_SIZE, encode(note), 0, SLOT_SIZE);
        try (LocalFiles.LocalFile file = this.files.create(temporary)) {
            file.write(0, content);
            file.force();
        }
        this.files.rename(temporary, this.path);
        this.files.forceDirectory(this.directory);
        return new Slots(note, note);
    }

    private static ByteBuffer encode(CommittedVersion note) {
        ByteBuffer slot = ByteBuffer.allocate(SLOT_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        slot.put(MAGIC).put(KIND).putInt(FORMAT_VERSION).putLong(note.version());
        slot.putLong(note.storeId().getMostSignificantBits()).putLong(note.storeId().getLeastSignificantBits());
        slot.clear();
        return slot.putInt(CHECKSUM_OFFSET, checksum(slot));
    }

    private static int checksum(ByteBuffer slot) {
        CRC32C checksum = new CRC32C();
        checksum.update(slot.slice(0, CHECKSUM_OFFSET));
        return (int) checksum.getValue();
    }

    private static long versionIn(@Nullable CommittedVersion slot) {
        return (slot != null) ? slot.version() : -1;
    }

    /** What is in each slot, null for a slot that is damaged; one of them is not. */
    private record Slots(@Nullable CommittedVersion first, @Nullable CommittedVersion second) {

        CommittedVersion newest() {
            return Objects.requireNonNull((versionIn(this.first) < versionIn(this.second)) ? this.second : this.first);
        }

    }

}
