package io.flowstate.internal.queue;

import java.util.Arrays;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;

/**
 * A page of the chain that a queue is, with its header read and checked. Its records lie
 * one behind the other, with what is free before and behind them, so that both ends can
 * grow and shrink in place. A record begins and ends with the same tag: it is found from
 * both sides, and damage to either shows. Numbers are little-endian, offsets count from
 * the beginning of the page.
 *
 * <pre>
 *    0  kind       1   4
 *    1  format     1   1
 *    2             2   0
 *    4  check      4   made of what follows in the header
 *    8  previous   4   the page before, 0 if this is the first
 *   12  next       4   the page behind, 0 if this is the last
 *   16  count      4   how many records there are
 *   20  begin      4   where the first record begins
 *   24  end        4   where the last record ends; equal to begin if there is none
 *   28  number     8   of the first element, see {@link QueueChain}; of no meaning if there is none
 *   36  free, then the records from begin to end, then free
 *
 *   record:
 *    0  tag        4   the length of the body in the low 24 bits; above them 1 if the body is the
 *                      element, 2 if it says where the element is
 *    4  body           the element, or 4 bytes: the first of its {@link OverflowPages}, and 4: its length
 *       tag        4   the same again
 * </pre>
 *
 * What lies in free parts is left over and means nothing. The bytes may change while they
 * are only looked at; so each number is read once, and checked before it is used.
 */
final class QueuePage {

    static final int HEADER_LENGTH = 36;

    /** What a record has beside its body. */
    static final int TAGS_LENGTH = 8;

    static final int REFERENCE_LENGTH = 8;

    /** The most that the body of a record may have, by its tag. */
    static final int MAX_BODY_LENGTH = 0xFF_FFFF;

    private static final int KIND_AND_FORMAT = 0x0000_01_04;

    private static final int TAG_LENGTH = 4;

    private static final int INLINE = 1;

    private static final int REFERENCE = 2;

    private static final int CHECK = 4;

    private static final int PREVIOUS = 8;

    private static final int NEXT = 12;

    private static final int COUNT = 16;

    private static final int BEGIN = 20;

    private static final int END = 24;

    private static final int NUMBER = 28;

    private static final long CHECK_FACTOR = 0x9E3779B97F4A7C15L;

    private final PagedState state;

    private final int id;

    private byte[] bytes;

    private int previous;

    private int next;

    private int count;

    private int begin;

    private int end;

    private long number;

    private QueuePage(PagedState state, int id, byte[] bytes) {
        this.state = state;
        this.id = id;
        this.bytes = bytes;
    }

    /** Reads a page's header and checks it. */
    static QueuePage read(PagedState state, PageView view, int id) {
        byte[] bytes = view.page(id);
        if (bytes.length < HEADER_LENGTH || PageBytes.getInt(bytes, 0) != KIND_AND_FORMAT) {
            throw state.corrupt(id, "no page of a queue");
        }
        QueuePage page = new QueuePage(state, id, bytes);
        page.previous = PageBytes.getInt(bytes, PREVIOUS);
        page.next = PageBytes.getInt(bytes, NEXT);
        page.count = PageBytes.getInt(bytes, COUNT);
        page.begin = PageBytes.getInt(bytes, BEGIN);
        page.end = PageBytes.getInt(bytes, END);
        page.number = PageBytes.getLong(bytes, NUMBER);
        if (PageBytes.getInt(bytes, CHECK) != page.headerCheck()) {
            throw state.corrupt(id, page + ", and check " + PageBytes.getInt(bytes, CHECK) + " of its header, not "
                    + page.headerCheck());
        }
        if (page.begin < HEADER_LENGTH || page.end < page.begin || page.end > bytes.length) {
            throw state.corrupt(id,
                    "records from " + page.begin + " to " + page.end + " in a page of " + bytes.length + " bytes");
        }
        if (page.count < 0 || page.count > page.used() / TAGS_LENGTH || (page.count == 0) != (page.used() == 0)) {
            throw state.corrupt(id, page.count + " records in " + page.used() + " bytes");
        }
        if (page.previous < 0 || page.next < 0 || page.previous == id || page.next == id) {
            throw state.corrupt(id, "page " + page.previous + " before it and page " + page.next + " behind it");
        }
        return page;
    }

    /** Makes a page without records, to be {@linkplain #save saved}. */
    static QueuePage create(PagedState state, PageEditor editor, int length) {
        int id = editor.allocate(length);
        QueuePage page = new QueuePage(state, id, editor.change(id));
        PageBytes.setInt(page.bytes, 0, KIND_AND_FORMAT);
        return page;
    }

    int id() {
        return this.id;
    }

    int length() {
        return this.bytes.length;
    }

    int count() {
        return this.count;
    }

    /** Where the last record ends. */
    int end() {
        return this.end;
    }

    /** The bytes that records take. */
    int used() {
        return this.end - this.begin;
    }

    /** The bytes that records could take. */
    int capacity() {
        return this.bytes.length - HEADER_LENGTH;
    }

    /** The number of the first element. */
    long number() {
        return this.number;
    }

    /** The number that follows that of the last element. */
    long numberAfter() {
        return this.number + this.count;
    }

    /** Whether the element of a number is in this page. */
    boolean contains(long wanted) {
        long index = wanted - this.number;
        return index >= 0 && index < this.count;
    }

    /** The page beside this one, towards an end of the queue. */
    int neighbour(QueueEnd towards) {
        return (towards == QueueEnd.FIRST) ? this.previous : this.next;
    }

    void neighbour(QueueEnd towards, int page) {
        if (towards == QueueEnd.FIRST) {
            this.previous = page;
        }
        else {
            this.next = page;
        }
    }

    /** Where the outermost record at an end begins, which must be there. */
    int recordAt(QueueEnd side) {
        if (side == QueueEnd.FIRST) {
            check(this.begin);
            return this.begin;
        }
        int length = (used() >= TAGS_LENGTH) ? bodyLength(PageBytes.getInt(this.bytes, this.end - TAG_LENGTH)) : -1;
        int record = this.end - TAGS_LENGTH - length;
        if (length < 0 || record < this.begin || check(record) != this.end) {
            throw this.state.corrupt(this.id, "no record before " + this.end);
        }
        return record;
    }

    /** Where the record of a number begins, which must be in this page. */
    int recordAt(long wanted) {
        int record = this.begin;
        for (long left = wanted - this.number; left > 0; left--) {
            record = check(record);
        }
        check(record);
        return record;
    }

    /** The record after one, which must be there. */
    int recordAfter(int record) {
        int after = check(record);
        check(after);
        return after;
    }

    /** Checks a record and returns where it ends; each is longer than nothing. */
    private int check(int record) {
        int room = this.end - record;
        if (room >= TAGS_LENGTH) {
            int tag = PageBytes.getInt(this.bytes, record);
            int length = bodyLength(tag);
            if (length >= 0 && length <= room - TAGS_LENGTH
                    && PageBytes.getInt(this.bytes, record + TAG_LENGTH + length) == tag) {
                return record + TAGS_LENGTH + length;
            }
        }
        throw this.state.corrupt(this.id, "no record at " + record);
    }

    /** The length that a tag tells, or -1 if it is no tag. */
    private static int bodyLength(int tag) {
        int length = tag & MAX_BODY_LENGTH;
        return switch (tag >>> 24) {
            case INLINE -> length;
            case REFERENCE -> (length == REFERENCE_LENGTH) ? length : -1;
            default -> -1;
        };
    }

    /** Whether a record only says where its element is. */
    boolean isReference(int record) {
        return PageBytes.getInt(this.bytes, record) >>> 24 == REFERENCE;
    }

    /** The first page of an element that is elsewhere. */
    int firstOverflowPage(int record) {
        return PageBytes.getInt(this.bytes, record + TAG_LENGTH);
    }

    /** The length of an element that is elsewhere. */
    int overflowLength(int record) {
        return PageBytes.getInt(this.bytes, record + TAG_LENGTH + Integer.BYTES);
    }

    /** A copy of an element that is here. */
    byte[] element(int record) {
        return Arrays.copyOfRange(this.bytes, record + TAG_LENGTH, check(record) - TAG_LENGTH);
    }

    /** Makes this page one that may be changed. */
    void change(PageEditor editor) {
        this.bytes = editor.change(this.id);
    }

    /** Places the records that are to come into this empty page. */
    void begin(QueueEnd side, long firstNumber) {
        this.begin = (side == QueueEnd.FIRST) ? this.bytes.length : HEADER_LENGTH;
        this.end = this.begin;
        this.number = firstNumber;
    }

    /** The bytes that are free at a side. */
    int free(QueueEnd side) {
        return (side == QueueEnd.FIRST) ? this.begin - HEADER_LENGTH : this.bytes.length - this.end;
    }

    void resize(PageEditor editor, int length) {
        this.bytes = editor.resize(this.id, length);
    }

    /** Moves the records so that a number of bytes is free at a side. */
    void slide(QueueEnd side, int free) {
        int used = used();
        int target = (side == QueueEnd.FIRST) ? HEADER_LENGTH + free : this.bytes.length - free - used;
        System.arraycopy(this.bytes, this.begin, this.bytes, target, used);
        this.begin = target;
        this.end = target + used;
    }

    /** Puts an element's record at a side that has room for it. */
    void add(QueueEnd side, byte[] element, int length) {
        int record = add(side, INLINE, length);
        System.arraycopy(element, 0, this.bytes, record + TAG_LENGTH, length);
    }

    /** Puts a record that names a first overflow page at a side that has room for it. */
    void addReference(QueueEnd side, int page, int length) {
        int record = add(side, REFERENCE, REFERENCE_LENGTH);
        PageBytes.setInt(this.bytes, record + TAG_LENGTH, page);
        PageBytes.setInt(this.bytes, record + TAG_LENGTH + Integer.BYTES, length);
    }

    private int add(QueueEnd side, int kind, int bodyLength) {
        int length = TAGS_LENGTH + bodyLength;
        assert length <= free(side) : length + " bytes at " + side + " of " + this;
        int record = (side == QueueEnd.FIRST) ? this.begin - length : this.end;
        int tag = (kind << 24) | bodyLength;
        PageBytes.setInt(this.bytes, record, tag);
        PageBytes.setInt(this.bytes, record + length - TAG_LENGTH, tag);
        if (side == QueueEnd.FIRST) {
            this.begin = record;
            this.number--;
        }
        else {
            this.end = record + length;
        }
        this.count++;
        return record;
    }

    /** Takes the outermost record at a side away, which was looked at before. */
    void remove(QueueEnd side, int record) {
        if (side == QueueEnd.FIRST) {
            this.begin = check(record);
            this.number++;
        }
        else {
            this.end = record;
        }
        this.count--;
    }

    private int headerCheck() {
        long check = this.number;
        for (int part : new int[] { this.previous, this.next, this.count, this.begin, this.end }) {
            check = (check ^ (check >>> 29)) * CHECK_FACTOR + part;
        }
        check *= CHECK_FACTOR;
        return (int) (check >>> Integer.SIZE);
    }

    /** Writes the header. */
    void save() {
        PageBytes.setInt(this.bytes, CHECK, headerCheck());
        PageBytes.setInt(this.bytes, PREVIOUS, this.previous);
        PageBytes.setInt(this.bytes, NEXT, this.next);
        PageBytes.setInt(this.bytes, COUNT, this.count);
        PageBytes.setInt(this.bytes, BEGIN, this.begin);
        PageBytes.setInt(this.bytes, END, this.end);
        PageBytes.setLong(this.bytes, NUMBER, this.number);
    }

    @Override
    public String toString() {
        return "page " + this.id + " between " + this.previous + " and " + this.next + ", " + this.count
                + " records from " + this.begin + " to " + this.end + " of " + this.bytes.length + ", number "
                + this.number;
    }

}
