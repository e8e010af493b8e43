package io.flowstate.internal.checkpoint;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint consists of: everything that recovery must know beside the log
 * itself. A list of items, of which a {@linkplain MetadataFormat metadata object} has
 * those that are new; the lengths that its format gives them stand nowhere else.
 * Little-endian; a text is its length in bytes (4) and UTF-8.
 *
 * <pre>
 *   the first item
 *    0   8  checkpoint version
 *    8   8  run that took it
 *   16   8  begin address of the record log
 *   24   8  end address of the record log: the cut, a multiple of 4 KiB
 *   32   4  size of the largest record ever written
 *   36   4  next state id
 *   40   8  where replay begins if there is a snapshot of the indexes, else 0
 *   48   8  where that snapshot is valid from, else 0
 *   56   8  where the newest block of the page tables lies, 0 if there is none
 *   64   4  number of states
 *   68   4  number of segments of the record log
 *   72   4  number of segments of the snapshot
 *   76   4  number of segments of the page log
 *   80   4  number of codecs of pages
 *
 *   an item for each state, ids ascending
 *    4 id, 1 kind, 1 number of scopes, a text for each scope, text name,
 *    text key serializer, text value serializer, 8 entries of its index, 8 bytes of the log that it
 *    needs, 8 number of keys (the last three about), and if the kind is made of pages:
 *    4 page size, 4 next page number, 64 its eight numbers
 *
 *   an item for each segment, addresses ascending, without gaps but in the page log
 *    text log, 8 run, 4 number, 8 start address, 8 end address
 *
 *   an item for each codec
 *    text
 *
 *   the last item
 *    the caller's metadata
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

    private static final int FIRST_BYTES = 84;

    private static final int PAGES_BYTES = 2 * Integer.BYTES + RecordedPages.FIELDS * Long.BYTES;

    /** Without the name of its log. */
    private static final int SEGMENT_BYTES = 2 * Integer.BYTES + 3 * Long.BYTES;

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

    /** Its items, each a buffer ready to be read. */
    List<ByteBuffer> items() {
        List<SegmentRange> snapshotSegments = (this.snapshot != null) ? this.snapshot.segments() : List.of();
        List<ByteBuffer> items = new ArrayList<>();
        items.add(item(FIRST_BYTES).putLong(this.version)
            .putLong(this.run)
            .putLong(this.beginAddress)
            .putLong(this.endAddress)
            .putInt(this.largestRecord)
            .putInt(this.nextStateId)
            .putLong((this.snapshot != null) ? this.snapshot.replayFrom() : 0)
            .putLong((this.snapshot != null) ? this.snapshot.validFrom() : 0)
            .putLong(this.pageLog.lastBlock())
            .putInt(this.states.size())
            .putInt(this.segments.size())
            .putInt(snapshotSegments.size())
            .putInt(this.pageLog.segments().size())
            .putInt(this.pageLog.codecs().size())
            .flip());
        this.states.forEach((state) -> items.add(item(state)));
        this.segments.forEach((range) -> items.add(item(range)));
        snapshotSegments.forEach((range) -> items.add(item(range)));
        this.pageLog.segments().forEach((range) -> items.add(item(range)));
        for (String codec : this.pageLog.codecs()) {
            byte[] text = bytes(codec);
            items.add(putBytes(item(Integer.BYTES + text.length), text).flip());
        }
        items.add(ByteBuffer.wrap(this.userMetadata.clone()));
        return items;
    }

    private static ByteBuffer item(RecordedState recorded) {
        StateDescription state = recorded.description();
        RecordedPages pages = recorded.pages();
        List<byte[]> texts = new ArrayList<>();
        state.scope().forEach((scope) -> texts.add(bytes(scope)));
        texts.addAll(List.of(bytes(state.name()), bytes(state.keySerializer()), bytes(state.valueSerializer())));
        int length = Integer.BYTES + 2 + 3 * Long.BYTES + ((pages != null) ? PAGES_BYTES : 0);
        for (byte[] text : texts) {
            length += Integer.BYTES + text.length;
        }
        ByteBuffer item = item(length);
        item.putInt(state.id()).put((byte) state.kind().code()).put((byte) state.scope().size());
        texts.forEach((text) -> putBytes(item, text));
        item.putLong(recorded.entries()).putLong(recorded.liveBytes()).putLong(recorded.keys());
        if (pages != null) {
            item.putInt(pages.pageSize()).putInt(pages.nextPage());
            for (long field : pages.fields()) {
                item.putLong(field);
            }
        }
        return item.flip();
    }

    private static ByteBuffer item(SegmentRange range) {
        LogSegment segment = range.segment();
        byte[] log = bytes(segment.log());
        return putBytes(item(SEGMENT_BYTES + log.length), log).putLong(segment.run())
            .putInt(segment.number())
            .putLong(segment.startAddress())
            .putLong(range.endAddress())
            .flip();
    }

    private static ByteBuffer item(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer putBytes(ByteBuffer buffer, byte[] bytes) {
        return buffer.putInt(bytes.length).put(bytes);
    }

    /**
     * Reads the items of a checkpoint's metadata.
     * @param items all of them
     * @param storeId the store it belongs to
     * @param resource where they come from, for messages
     */
    public static CheckpointMetadata of(List<ByteBuffer> items, UUID storeId, String resource) {
        try {
            return decode(items, storeId);
        }
        catch (BufferUnderflowException | IllegalArgumentException ex) {
            throw new CorruptStateException(resource, 0, "metadata that fit together", String.valueOf(ex));
        }
    }

    private static CheckpointMetadata decode(List<ByteBuffer> items, UUID storeId) {
        check(items.size() >= 2, items.size() + " items");
        Iterator<ByteBuffer> next = items.iterator();
        ByteBuffer first = view(next.next());
        long version = first.getLong();
        long run = first.getLong();
        long begin = first.getLong();
        long end = first.getLong();
        int largestRecord = first.getInt();
        int nextStateId = first.getInt();
        check(version >= 1 && run >= 1 && begin >= LogAddress.FIRST && begin <= end && end < LogAddress.LIMIT
                && end % LogAddress.BLOCK_BYTES == 0 && largestRecord >= 0 && nextStateId >= 1, "numbers out of range");
        long replayFrom = first.getLong();
        long validFrom = first.getLong();
        long lastBlock = first.getLong();
        int[] counts = new int[5];
        long sum = 2;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = first.getInt();
            check(counts[i] >= 0, "a number of items of " + counts[i]);
            sum += counts[i];
        }
        checkEnd(first);
        check(sum == items.size(), items.size() + " items, where " + sum + " are counted");
        List<RecordedState> states = decodeStates(next, counts[0], nextStateId);
        List<SegmentRange> segments = decodeSegments(next, counts[1], false);
        boolean covered = segments.isEmpty() ? begin == end
                : segments.get(0).startAddress() <= begin && segments.get(segments.size() - 1).endAddress() == end;
        check(covered, "segments that do not cover the log from " + begin + " to " + end);
        IndexSnapshot snapshot = snapshot(replayFrom, validFrom, decodeSegments(next, counts[2], false), end);
        List<SegmentRange> pageSegments = decodeSegments(next, counts[3], true);
        Set<String> codecs = new LinkedHashSet<>();
        for (int i = 0; i < counts[4]; i++) {
            ByteBuffer item = view(next.next());
            check(codecs.add(getText(item)), "a codec twice");
            checkEnd(item);
        }
        ByteBuffer last = view(next.next());
        byte[] userMetadata = new byte[last.remaining()];
        last.get(userMetadata);
        return new CheckpointMetadata(storeId, version, run, begin, end, largestRecord, nextStateId, states, segments,
                snapshot, new PageLog(pageSegments, lastBlock, Collections.unmodifiableSet(codecs)), userMetadata);
    }

    private static ByteBuffer view(ByteBuffer item) {
        return item.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void checkEnd(ByteBuffer item) {
        check(!item.hasRemaining(), "an item with " + item.remaining() + " bytes too many");
    }

    private static @Nullable IndexSnapshot snapshot(long replayFrom, long validFrom, List<SegmentRange> segments,
            long end) {
        if (replayFrom == 0) {
            check(validFrom == 0 && segments.isEmpty(), "parts of a snapshot");
            return null;
        }
        check(replayFrom >= LogAddress.FIRST && replayFrom <= validFrom && validFrom <= end,
                "a snapshot of the log from " + replayFrom + " to " + validFrom);
        check(!segments.isEmpty(), "a snapshot without segments");
        return new IndexSnapshot(replayFrom, validFrom, segments);
    }

    private static List<RecordedState> decodeStates(Iterator<ByteBuffer> items, int count, int nextStateId) {
        check(count < nextStateId, "a number of states of " + count);
        List<RecordedState> states = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer item = view(items.next());
            RecordedState state = decodeState(item);
            checkEnd(item);
            int id = state.description().id();
            check(id >= 1 && id < nextStateId && ids.add(id), "a state id of " + id);
            states.add(state);
        }
        return List.copyOf(states);
    }

    private static RecordedState decodeState(ByteBuffer item) {
        int id = item.getInt();
        byte code = item.get();
        StateKind kind = StateKind.ofCode(code);
        if (kind == null) {
            throw new IllegalArgumentException("a state of kind " + code);
        }
        int scopes = item.get();
        check(scopes >= 1, "a number of scopes of " + scopes);
        List<String> scope = new ArrayList<>();
        for (int i = 0; i < scopes; i++) {
            scope.add(getText(item));
        }
        StateDescription description = new StateDescription(id, kind, scope, getText(item), getText(item),
                getText(item));
        long entries = item.getLong();
        long liveBytes = item.getLong();
        long keys = item.getLong();
        check(entries >= 0 && liveBytes >= 0 && keys >= 0, "sizes of a state below 0");
        return new RecordedState(description, entries, liveBytes, keys, kind.isPaged() ? decodePages(item) : null);
    }

    private static RecordedPages decodePages(ByteBuffer item) {
        int pageSize = item.getInt();
        int nextPage = item.getInt();
        check(pageSize > 0 && nextPage >= 1, "a page size of " + pageSize + " and a next page of " + nextPage);
        long[] fields = new long[RecordedPages.FIELDS];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = item.getLong();
        }
        return new RecordedPages(fields, nextPage, pageSize);
    }

    private static List<SegmentRange> decodeSegments(Iterator<ByteBuffer> items, int count, boolean gaps) {
        List<SegmentRange> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer item = view(items.next());
            LogSegment segment = new LogSegment(getText(item), item.getLong(), item.getInt(), item.getLong());
            SegmentRange range = new SegmentRange(segment, item.getLong());
            checkEnd(item);
            long expectedStart = segments.isEmpty() ? range.startAddress() : segments.get(i - 1).endAddress();
            boolean follows = gaps ? range.startAddress() >= expectedStart : range.startAddress() == expectedStart;
            check(follows && range.endAddress() > range.startAddress(),
                    "a gap or an overlap before segment " + segment.name());
            segments.add(range);
        }
        return List.copyOf(segments);
    }

    private static String getText(ByteBuffer item) {
        int length = item.getInt();
        check(length >= 0 && length <= item.remaining(), "a length of " + length);
        byte[] bytes = new byte[length];
        item.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void check(boolean holds, String found) {
        if (!holds) {
            throw new IllegalArgumentException(found);
        }
    }

}
