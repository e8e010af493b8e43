package io.flowstate.internal.checkpoint;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;
import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint consists of: everything that recovery must know beside the log
 * itself. Format version 3, little-endian; a text is its length in bytes (4) and UTF-8.
 *
 * <pre>
 *    0   8  magic "FLOWMETA"
 *    8   4  format version
 *   12   4  length of the whole
 *   16  16  store id, most significant long first
 *   32   8  checkpoint version
 *   40   8  run that took it
 *   48   8  begin address of the record log
 *   56   8  end address of the record log: the cut, a multiple of 4 KiB
 *   64   4  size of the largest record ever written
 *   68   4  next state id
 *   72   4  number of states, and for each:
 *             4 id, 1 kind, 1 number of scopes, a text for each scope, text name,
 *             text key serializer, text value serializer, 8 entries of its index, 8 bytes of the log that it
 *             needs, 8 number of keys (the last three about), and if the kind is made of pages:
 *             4 page size, 4 next page number, 64 its eight numbers
 *    .   4  number of segments, and for each, addresses ascending and without gaps:
 *             text log, 8 run, 4 number, 8 start address, 8 end address
 *    .   8  where replay begins if there is a snapshot of the indexes, else 0, and if there is one:
 *             8 valid from, 4 number of segments, and for each the same as above
 *    .   4  number of segments of the page log, and for each, addresses ascending: the same as above
 *    .   8  where the newest block of the page tables lies, 0 if there is none
 *    .   4  number of codecs of pages, and a text for each
 *    .   4  length of the caller's metadata, and these
 *    .   4  CRC32C of all bytes before
 * </pre>
 *
 * @param storeId the store it belongs to
 * @param version its version
 * @param run the run that took it
 * @param beginAddress where the record log begins
 * @param endAddress where it ends
 * @param largestRecord the size of the largest record, in bytes
 * @param nextStateId the id of the next new state
 * @param states the catalogue
 * @param segments the valid segments of the record log
 * @param snapshot the snapshot of the indexes, null if there is none
 * @param pageLog the page log
 * @param userMetadata the caller's bytes
 */
public record CheckpointMetadata(UUID storeId, long version, long run, long beginAddress, long endAddress,
        int largestRecord, int nextStateId, List<RecordedState> states, List<SegmentRange> segments,
        @Nullable IndexSnapshot snapshot, PageLog pageLog, byte[] userMetadata) {

    private static final long MAGIC = 0x4154454D574F4C46L; // "FLOWMETA" read as
                                                           // little-endian

    private static final int FORMAT_VERSION = 3;

    private static final int FIXED_BYTES = 72;

    private static final int PAGES_BYTES = 2 * Integer.BYTES + RecordedPages.FIELDS * Long.BYTES;

    /** What a store consists of before its first checkpoint. */
    public static CheckpointMetadata empty(UUID storeId) {
        return new CheckpointMetadata(storeId, 0, 0, LogAddress.FIRST, LogAddress.FIRST, 0, 1, List.of(), List.of(),
                null, PageLog.EMPTY, new byte[0]);
    }

    CheckpointMetadata withLogs(List<SegmentRange> covering, PageLog pages) {
        return new CheckpointMetadata(this.storeId, this.version, this.run, this.beginAddress, this.endAddress,
                this.largestRecord, this.nextStateId, this.states, covering, this.snapshot, pages, this.userMetadata);
    }

    /** The same content as another checkpoint, taken by a later run. */
    CheckpointMetadata again(long newVersion, long newRun, int atLeastNextStateId) {
        return new CheckpointMetadata(this.storeId, newVersion, newRun, this.beginAddress, this.endAddress,
                this.largestRecord, Math.max(this.nextStateId, atLeastNextStateId), this.states, this.segments,
                this.snapshot, this.pageLog, this.userMetadata);
    }

    /** Where recovery begins to read the record log. */
    public long replayFrom() {
        return (this.snapshot != null) ? Math.max(this.beginAddress, this.snapshot.replayFrom()) : this.beginAddress;
    }

    /** All segments that the checkpoint needs, of every log. */
    Set<LogSegment> neededSegments() {
        Set<LogSegment> needed = new HashSet<>();
        this.segments.forEach((range) -> needed.add(range.segment()));
        if (this.snapshot != null) {
            this.snapshot.segments().forEach((range) -> needed.add(range.segment()));
        }
        this.pageLog.segments().forEach((range) -> needed.add(range.segment()));
        return needed;
    }

    ByteBuffer encode() {
        List<byte[]> texts = new ArrayList<>();
        long length = FIXED_BYTES + 6L * Integer.BYTES + 2 * Long.BYTES + this.userMetadata.length;
        for (RecordedState state : this.states) {
            length += Integer.BYTES + 2 + 3 * Long.BYTES + ((state.pages() != null) ? PAGES_BYTES : 0);
            for (String text : texts(state.description())) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                texts.add(bytes);
                length += Integer.BYTES + bytes.length;
            }
        }
        length += segmentsLength(this.segments);
        if (this.snapshot != null) {
            length += Long.BYTES + Integer.BYTES + segmentsLength(this.snapshot.segments());
        }
        length += segmentsLength(this.pageLog.segments());
        for (String codec : this.pageLog.codecs()) {
            length += Integer.BYTES + codec.getBytes(StandardCharsets.UTF_8).length;
        }
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(buffer.capacity());
        buffer.putLong(this.storeId.getMostSignificantBits()).putLong(this.storeId.getLeastSignificantBits());
        buffer.putLong(this.version).putLong(this.run).putLong(this.beginAddress).putLong(this.endAddress);
        buffer.putInt(this.largestRecord).putInt(this.nextStateId);
        buffer.putInt(this.states.size());
        int next = 0;
        for (RecordedState recorded : this.states) {
            StateDescription state = recorded.description();
            buffer.putInt(state.id()).put((byte) state.kind().code()).put((byte) state.scope().size());
            for (int i = 0; i < state.scope().size() + 3; i++) {
                putBytes(buffer, texts.get(next++));
            }
            buffer.putLong(recorded.entries()).putLong(recorded.liveBytes()).putLong(recorded.keys());
            putPages(buffer, recorded.pages());
        }
        putSegments(buffer, this.segments);
        if (this.snapshot != null) {
            buffer.putLong(this.snapshot.replayFrom()).putLong(this.snapshot.validFrom());
            putSegments(buffer, this.snapshot.segments());
        }
        else {
            buffer.putLong(0);
        }
        putSegments(buffer, this.pageLog.segments());
        buffer.putLong(this.pageLog.lastBlock());
        buffer.putInt(this.pageLog.codecs().size());
        this.pageLog.codecs().forEach((codec) -> putBytes(buffer, codec.getBytes(StandardCharsets.UTF_8)));
        putBytes(buffer, this.userMetadata);
        buffer.putInt(checksum(buffer, buffer.position()));
        return buffer.flip();
    }

    private static void putPages(ByteBuffer buffer, @Nullable RecordedPages pages) {
        if (pages != null) {
            buffer.putInt(pages.pageSize()).putInt(pages.nextPage());
            for (long field : pages.fields()) {
                buffer.putLong(field);
            }
        }
    }

    private static long segmentsLength(List<SegmentRange> segments) {
        return segments.stream()
            .mapToLong((range) -> 2 * Integer.BYTES + range.segment().log().length() + 3 * Long.BYTES)
            .sum();
    }

    private static void putSegments(ByteBuffer buffer, List<SegmentRange> segments) {
        buffer.putInt(segments.size());
        for (SegmentRange range : segments) {
            LogSegment segment = range.segment();
            putBytes(buffer, segment.log().getBytes(StandardCharsets.UTF_8));
            buffer.putLong(segment.run()).putInt(segment.number());
            buffer.putLong(segment.startAddress()).putLong(range.endAddress());
        }
    }

    private static List<String> texts(StateDescription state) {
        List<String> texts = new ArrayList<>(state.scope());
        texts.add(state.name());
        texts.add(state.keySerializer());
        texts.add(state.valueSerializer());
        return texts;
    }

    private static void putBytes(ByteBuffer buffer, byte[] bytes) {
        buffer.putInt(bytes.length).put(bytes);
    }

    static int checksum(ByteBuffer buffer, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.array(), buffer.arrayOffset(), length);
        return (int) crc.getValue();
    }

    /**
     * Reads the bytes of a checkpoint's metadata.
     * @param buffer all of them, in a heap buffer
     * @param resource where they come from, for messages
     */
    public static CheckpointMetadata decode(ByteBuffer buffer, String resource) {
        buffer.order(ByteOrder.LITTLE_ENDIAN);
        int length = buffer.remaining();
        if (length < FIXED_BYTES || buffer.getLong(0) != MAGIC || buffer.getInt(12) != length) {
            throw new CorruptStateException(resource, 0, "the metadata of a checkpoint",
                    length + " bytes of something else");
        }
        int stored = buffer.getInt(length - Integer.BYTES);
        int computed = checksum(buffer, length - Integer.BYTES);
        if (stored != computed) {
            throw new CorruptStateException(resource, 0, "checksum " + Integer.toHexString(stored),
                    Integer.toHexString(computed));
        }
        int format = buffer.getInt(8);
        if (format != FORMAT_VERSION) {
            throw new IncompatibleFormatException(resource, format, FORMAT_VERSION);
        }
        try {
            return decodeVerified(buffer.position(16).limit(length - Integer.BYTES));
        }
        catch (BufferUnderflowException | IllegalArgumentException ex) {
            throw new CorruptStateException(resource, buffer.position(), "metadata that fit together",
                    String.valueOf(ex));
        }
    }

    private static CheckpointMetadata decodeVerified(ByteBuffer buffer) {
        UUID storeId = new UUID(buffer.getLong(), buffer.getLong());
        long version = buffer.getLong();
        long run = buffer.getLong();
        long begin = buffer.getLong();
        long end = buffer.getLong();
        int largestRecord = buffer.getInt();
        int nextStateId = buffer.getInt();
        check(version >= 1 && run >= 1 && begin >= LogAddress.FIRST && begin <= end && end < LogAddress.LIMIT
                && end % LogAddress.BLOCK_BYTES == 0 && largestRecord >= 0 && nextStateId >= 1, "numbers out of range");
        List<RecordedState> states = decodeStates(buffer, nextStateId);
        List<SegmentRange> segments = decodeSegments(buffer, false);
        boolean covered = segments.isEmpty() ? begin == end
                : segments.get(0).startAddress() <= begin && segments.get(segments.size() - 1).endAddress() == end;
        check(covered, "segments that do not cover the log from " + begin + " to " + end);
        IndexSnapshot snapshot = decodeSnapshot(buffer, end);
        PageLog pageLog = decodePageLog(buffer);
        byte[] userMetadata = getBytes(buffer);
        check(!buffer.hasRemaining(), buffer.remaining() + " bytes too many");
        return new CheckpointMetadata(storeId, version, run, begin, end, largestRecord, nextStateId, states, segments,
                snapshot, pageLog, userMetadata);
    }

    private static PageLog decodePageLog(ByteBuffer buffer) {
        List<SegmentRange> segments = decodeSegments(buffer, true);
        long lastBlock = buffer.getLong();
        int count = buffer.getInt();
        check(count >= 0, "a number of codecs of " + count);
        Set<String> codecs = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            codecs.add(getText(buffer));
        }
        return new PageLog(segments, lastBlock, Collections.unmodifiableSet(codecs));
    }

    private static @Nullable IndexSnapshot decodeSnapshot(ByteBuffer buffer, long end) {
        long replayFrom = buffer.getLong();
        if (replayFrom == 0) {
            return null;
        }
        long validFrom = buffer.getLong();
        check(replayFrom >= LogAddress.FIRST && replayFrom <= validFrom && validFrom <= end,
                "a snapshot of the log from " + replayFrom + " to " + validFrom);
        List<SegmentRange> segments = decodeSegments(buffer, false);
        check(!segments.isEmpty(), "a snapshot without segments");
        return new IndexSnapshot(replayFrom, validFrom, segments);
    }

    private static List<RecordedState> decodeStates(ByteBuffer buffer, int nextStateId) {
        int count = buffer.getInt();
        check(count >= 0 && count < nextStateId, "a number of states of " + count);
        List<RecordedState> states = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < count; i++) {
            int id = buffer.getInt();
            check(id >= 1 && id < nextStateId && ids.add(id), "a state id of " + id);
            byte code = buffer.get();
            StateKind kind = StateKind.ofCode(code);
            if (kind == null) {
                throw new IllegalArgumentException("a state of kind " + code);
            }
            int scopes = buffer.get();
            check(scopes >= 1, "a number of scopes of " + scopes);
            List<String> scope = new ArrayList<>();
            for (int j = 0; j < scopes; j++) {
                scope.add(getText(buffer));
            }
            StateDescription description = new StateDescription(id, kind, scope, getText(buffer), getText(buffer),
                    getText(buffer));
            long entries = buffer.getLong();
            long liveBytes = buffer.getLong();
            long keys = buffer.getLong();
            check(entries >= 0 && liveBytes >= 0 && keys >= 0, "sizes of a state below 0");
            states.add(new RecordedState(description, entries, liveBytes, keys, decodePages(buffer, kind)));
        }
        return List.copyOf(states);
    }

    private static @Nullable RecordedPages decodePages(ByteBuffer buffer, StateKind kind) {
        if (!kind.isPaged()) {
            return null;
        }
        int pageSize = buffer.getInt();
        int nextPage = buffer.getInt();
        check(pageSize > 0 && nextPage >= 1, "a page size of " + pageSize + " and a next page of " + nextPage);
        long[] fields = new long[RecordedPages.FIELDS];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = buffer.getLong();
        }
        return new RecordedPages(fields, nextPage, pageSize);
    }

    private static List<SegmentRange> decodeSegments(ByteBuffer buffer, boolean gaps) {
        int count = buffer.getInt();
        check(count >= 0, "a number of segments of " + count);
        List<SegmentRange> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LogSegment segment = new LogSegment(getText(buffer), buffer.getLong(), buffer.getInt(), buffer.getLong());
            SegmentRange range = new SegmentRange(segment, buffer.getLong());
            long expectedStart = segments.isEmpty() ? range.startAddress() : segments.get(i - 1).endAddress();
            boolean follows = gaps ? range.startAddress() >= expectedStart : range.startAddress() == expectedStart;
            check(follows && range.endAddress() > range.startAddress(),
                    "a gap or an overlap before segment " + segment.name());
            segments.add(range);
        }
        return List.copyOf(segments);
    }

    private static String getText(ByteBuffer buffer) {
        return new String(getBytes(buffer), StandardCharsets.UTF_8);
    }

    private static byte[] getBytes(ByteBuffer buffer) {
        int length = buffer.getInt();
        check(length >= 0 && length <= buffer.remaining(), "a length of " + length);
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    private static void check(boolean holds, String found) {
        if (!holds) {
            throw new IllegalArgumentException(found);
        }
    }

}
