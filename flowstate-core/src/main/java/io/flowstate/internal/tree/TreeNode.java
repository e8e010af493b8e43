package io.flowstate.internal.tree;

import java.util.Arrays;
import java.util.Objects;

import io.flowstate.serialization.SerializerOutput;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a node of the tree, a leaf or an inner page, read and changed in place.
 * Numbers are big-endian. The slots stand in the order of their keys, the cells as they
 * came, from the end of the page down.
 *
 * <pre>
 *    0  byte   'L' in a leaf, 'I' in an inner page
 *    1  byte   format, 1
 *    2  byte   level: 0 in a leaf, in an inner page one more than its children's
 *    3  byte   0
 *    4  int    number of entries, n
 *    8  int    where the cells begin
 *   12  int    bytes of removed cells among them
 *   16  short  shared: so many bytes, at least, begin all keys alike
 *   18  short  0
 *   20  slots, n times 8 bytes:
 *         0  int  where the cell is
 *         4  int  head: the 4 bytes of the key behind the shared ones; 0 where it has none
 *       free
 *       cells, from where they begin to the end of the page:
 *         0  short  k, length of the key
 *         2  int    leaf: v, length of the value if it follows;
 *                         -v if it lies on overflow pages
 *                   inner page: the child
 *         6  k bytes, the key
 *       6+k  leaf: v bytes, the value; or int, the first overflow page
 * </pre>
 *
 * The key of an entry in an inner page is at most the least key of its child, and greater
 * than all keys before it. The first key of an inner page stands for what is less than
 * all; it is empty, and no part of the shared bytes.
 *
 * <p>
 * Pages are as long as they need to be, with some room to grow, up to the page size.
 *
 * <p>
 * What is asked for beyond the page throws {@link IndexOutOfBoundsException}: the page is
 * damaged, or was read while it changed. Nothing else is thrown, and every loop ends.
 */
final class TreeNode {

    static final byte LEAF = 'L';

    static final byte INNER = 'I';

    static final byte FORMAT = 1;

    /** Bytes before the slots. */
    static final int HEADER = 20;

    /** Bytes of a slot. */
    static final int SLOT = 8;

    /** Bytes of a cell before its key. */
    static final int CELL = 6;

    /** Bytes that name an overflow page. */
    static final int REFERENCE = Integer.BYTES;

    private static final int LEVEL = 2;

    private static final int COUNT = 4;

    private static final int CELLS = 8;

    private static final int DEAD = 12;

    private static final int SHARED = 16;

    private TreeNode() {
    }

    // The page as a whole.

    /** Makes an empty node of a page. */
    static void format(byte[] page, int level) {
        Arrays.fill(page, 0, HEADER, (byte) 0);
        page[0] = (level > 0) ? INNER : LEAF;
        page[1] = FORMAT;
        page[LEVEL] = (byte) level;
        PageBytes.setInt(page, CELLS, page.length);
    }

    /**
     * What shows that a page is no node of a level.
     * @return a description, or null if nothing does
     */
    static @Nullable String damage(byte[] page, int level) {
        if (page.length < HEADER) {
            return page.length + " bytes";
        }
        if (page[0] != ((level > 0) ? INNER : LEAF) || page[1] != FORMAT || page[LEVEL] != level) {
            return "kind " + page[0] + ", format " + page[1] + ", level " + page[LEVEL] + " at level " + level;
        }
        int count = count(page);
        int cells = PageBytes.getInt(page, CELLS);
        int dead = PageBytes.getInt(page, DEAD);
        if (count < ((level > 0) ? 2 : 1) || cells > page.length || HEADER + (long) count * SLOT > cells || dead < 0
                || dead > page.length - cells) {
            return count + " entries, cells from " + cells + " to " + page.length + " with " + dead + " bytes unused";
        }
        return null;
    }

    static int level(byte[] page) {
        return page[LEVEL];
    }

    static int count(byte[] page) {
        return PageBytes.getInt(page, COUNT);
    }

    /** The bytes in use, without gaps. */
    static int usedBytes(byte[] page) {
        return HEADER + count(page) * SLOT + page.length - PageBytes.getInt(page, CELLS) - PageBytes.getInt(page, DEAD);
    }

    /** Whether a cell and its slot fit between slots and cells. */
    static boolean hasRoom(byte[] page, int cellBytes) {
        return PageBytes.getInt(page, CELLS) - HEADER - count(page) * SLOT >= SLOT + cellBytes;
    }

    // Its entries.

    /** Where the cell of an entry is. */
    static int cell(byte[] page, int index) {
        return Objects.checkIndex(PageBytes.getInt(page, HEADER + index * SLOT), page.length);
    }

    static int keyLength(byte[] page, int cell) {
        return PageBytes.getShort(page, cell);
    }

    static byte[] key(byte[] page, int index) {
        int cell = cell(page, index);
        return Arrays.copyOfRange(page, cell + CELL, checkedEnd(page, cell + CELL, keyLength(page, cell)));
    }

    /** The child of an entry in an inner page. */
    static int child(byte[] page, int index) {
        return valueWord(page, cell(page, index));
    }

    /** The number that says how long the value is and where, or the child. */
    static int valueWord(byte[] page, int cell) {
        return PageBytes.getInt(page, cell + Short.BYTES);
    }

    /** Where the value begins, or the number of the first overflow page. */
    static int valueOffset(byte[] page, int cell) {
        return cell + CELL + keyLength(page, cell);
    }

    /** How many bytes of a leaf's cell follow the key. */
    static int valueBytes(int valueWord) {
        return (valueWord < 0) ? REFERENCE : valueWord;
    }

    /** The bytes of a cell. */
    static int cellBytes(byte[] page, int cell) {
        int bytes = CELL + keyLength(page, cell);
        if (page[LEVEL] == 0) {
            bytes += valueBytes(valueWord(page, cell));
        }
        return checkedEnd(page, cell, bytes) - cell;
    }

    /** Where bytes end that must lie within the page. */
    static int checkedEnd(byte[] page, int offset, int length) {
        return Objects.checkFromIndexSize(offset, length, page.length) + length;
    }

    /**
     * Looks for a key.
     * @param page the node
     * @param key holds the bytes of the key from 0 on
     * @param length how many
     * @return its index, or, if it is not there, -1 minus the index it would have
     */
    static int search(byte[] page, byte[] key, int length) {
        int low = firstKey(page);
        int high = count(page);
        if (low >= high) {
            return -1 - low;
        }
        int shared = PageBytes.getShort(page, SHARED);
        if (shared > 0) {
            int start = cell(page, low) + CELL;
            int compared = Arrays.compareUnsigned(key, 0, Math.min(length, shared), page, start,
                    checkedEnd(page, start, shared));
            if (compared != 0) {
                return (compared < 0) ? -1 - low : -1 - high;
            }
        }
        int head = head(key, shared, length);
        while (low < high) {
            int middle = (low + high) >>> 1;
            int compared = Integer.compareUnsigned(PageBytes.getInt(page, HEADER + middle * SLOT + Integer.BYTES),
                    head);
            if (compared == 0) {
                compared = compareKey(page, middle, key, length);
            }
            if (compared == 0) {
                return middle;
            }
            if (compared < 0) {
                low = middle + 1;
            }
            else {
                high = middle;
            }
        }
        return -1 - low;
    }

    /** Compares the key of an entry with another one. */
    static int compareKey(byte[] page, int index, byte[] key, int length) {
        int cell = cell(page, index);
        return Arrays.compareUnsigned(page, cell + CELL, checkedEnd(page, cell + CELL, keyLength(page, cell)), key, 0,
                length);
    }

    /** Compares the keys of two entries. */
    static int compareEntries(byte[] page, int index, int other) {
        int cell = cell(page, other);
        int start = cell + CELL;
        int end = checkedEnd(page, start, keyLength(page, cell));
        int mine = cell(page, index) + CELL;
        return Arrays.compareUnsigned(page, mine, checkedEnd(page, mine, keyLength(page, mine - CELL)), page, start,
                end);
    }

    /** The index of the first entry whose key is not less than another. */
    static int place(byte[] page, byte[] key) {
        int found = search(page, key, key.length);
        return (found >= 0) ? found : -1 - found;
    }

    /** The index of the child in which a key belongs. */
    static int childIndex(byte[] page, byte[] key, int length) {
        int found = search(page, key, length);
        return (found >= 0) ? found : -found - 2;
    }

    // Changes.

    /** Appends the bytes of a cell without what follows the key. */
    static void writeCell(SerializerOutput output, byte[] key, int keyLength, int valueWord) {
        output.writeByte(keyLength >>> Byte.SIZE);
        output.writeByte(keyLength);
        output.writeInt(valueWord);
        output.writeBytes(key, 0, keyLength);
    }

    /** Makes the cell of an inner page. */
    static byte[] innerCell(byte[] key, int child) {
        byte[] cell = new byte[CELL + key.length];
        PageBytes.setShort(cell, 0, key.length);
        PageBytes.setInt(cell, Short.BYTES, child);
        System.arraycopy(key, 0, cell, CELL, key.length);
        return cell;
    }

    /**
     * Puts a new entry at an index. There is room for it.
     * @param page the node
     * @param index its index
     * @param source holds its cell
     * @param offset where the cell begins
     * @param length the bytes of the cell
     */
    static void insert(byte[] page, int index, byte[] source, int offset, int length) {
        int count = count(page);
        int cell = PageBytes.getInt(page, CELLS) - length;
        int slot = HEADER + index * SLOT;
        System.arraycopy(source, offset, page, cell, length);
        System.arraycopy(page, slot, page, slot + SLOT, (count - index) * SLOT);
        PageBytes.setInt(page, slot, cell);
        PageBytes.setInt(page, COUNT, count + 1);
        PageBytes.setInt(page, CELLS, cell);
        setHeads(page, index);
    }

    /** Sets the head of a new entry, and all if it shares less than the others. */
    private static void setHeads(byte[] page, int index) {
        int first = firstKey(page);
        int last = count(page) - 1;
        if (first >= last) {
            share(page);
            return;
        }
        int shared = PageBytes.getShort(page, SHARED);
        if ((index <= first || index == last) && sharedBytes(page, first, last) < shared) {
            share(page);
        }
        else {
            setHead(page, index, shared);
        }
    }

    /** Ends the making of a node whose slots and cells are in place. */
    static void finish(byte[] page, int count, int cells) {
        PageBytes.setInt(page, COUNT, count);
        PageBytes.setInt(page, CELLS, cells);
        share(page);
    }

    /** Finds out how many bytes all keys share, and sets all heads by it. */
    private static void share(byte[] page) {
        int count = count(page);
        int first = firstKey(page);
        int shared = (first < count) ? sharedBytes(page, first, count - 1) : 0;
        PageBytes.setShort(page, SHARED, shared);
        for (int index = 0; index < count; index++) {
            setHead(page, index, shared);
        }
    }

    private static void setHead(byte[] page, int index, int shared) {
        int cell = cell(page, index);
        int head = (index >= firstKey(page))
                ? head(page, cell + CELL + shared, checkedEnd(page, cell + CELL, keyLength(page, cell))) : 0;
        PageBytes.setInt(page, HEADER + index * SLOT + Integer.BYTES, head);
    }

    private static int head(byte[] source, int from, int end) {
        if (end - from >= Integer.BYTES) {
            return PageBytes.getInt(source, from);
        }
        int head = 0;
        for (int i = from; i < end; i++) {
            head |= Byte.toUnsignedInt(source[i]) << (Byte.SIZE * (3 - (i - from)));
        }
        return head;
    }

    private static int sharedBytes(byte[] page, int index, int other) {
        int cell = cell(page, index);
        int otherCell = cell(page, other);
        int length = Math.min(keyLength(page, cell), keyLength(page, otherCell));
        int differing = Arrays.mismatch(page, cell + CELL, checkedEnd(page, cell + CELL, length), page,
                otherCell + CELL, checkedEnd(page, otherCell + CELL, length));
        return (differing < 0) ? length : differing;
    }

    /** Removes the entries from an index to before another. */
    static void remove(byte[] page, int from, int to) {
        int count = count(page);
        for (int index = from; index < to; index++) {
            int cell = cell(page, index);
            release(page, cell, cellBytes(page, cell));
        }
        System.arraycopy(page, HEADER + to * SLOT, page, HEADER + from * SLOT, (count - to) * SLOT);
        PageBytes.setInt(page, COUNT, count - (to - from));
        if (count == to - from) {
            checkUsed(page, HEADER);
            PageBytes.setInt(page, CELLS, page.length);
            PageBytes.setInt(page, DEAD, 0);
        }
    }

    /** Makes sure that a page counts as in use the bytes that its entries take. */
    static void checkUsed(byte[] page, int bytes) {
        if (usedBytes(page) != bytes) {
            throw new IndexOutOfBoundsException(
                    "entries take " + bytes + " bytes, but " + usedBytes(page) + " count as used");
        }
    }

    private static void release(byte[] page, int offset, int bytes) {
        int cells = PageBytes.getInt(page, CELLS);
        int dead = PageBytes.getInt(page, DEAD);
        if (offset == cells) {
            cells += bytes;
        }
        else {
            dead += bytes;
        }
        Objects.checkFromIndexSize(cells, dead, page.length); // cells do not overlap
        PageBytes.setInt(page, CELLS, cells);
        PageBytes.setInt(page, DEAD, dead);
    }

    /** Removes a child from an inner page that has others. */
    static void removeChild(byte[] page, int index) {
        remove(page, index, index + 1);
        if (index == 0) {
            int cell = cell(page, 0);
            PageBytes.setInt(page, DEAD, PageBytes.getInt(page, DEAD) + keyLength(page, cell));
            PageBytes.setShort(page, cell, 0);
            setHead(page, 0, 0);
        }
    }

    /** Sets the value of an entry in a leaf, whose cell keeps its length. */
    static void setValue(byte[] page, int index, int valueWord, byte[] value, int valueBytes) {
        int cell = cell(page, index);
        PageBytes.setInt(page, cell + Short.BYTES, valueWord);
        System.arraycopy(value, 0, page, valueOffset(page, cell), valueBytes);
    }

    /** The first entry whose key counts. */
    static int firstKey(byte[] page) {
        return (page[LEVEL] == 0) ? 0 : 1;
    }

}
