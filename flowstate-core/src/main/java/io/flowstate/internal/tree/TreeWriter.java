package io.flowstate.internal.tree;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.serialization.SerializerOutput;
import org.jspecify.annotations.Nullable;

/**
 * What is done within actions that change a tree. Each method looks at all pages that it
 * may need before it changes the first.
 */
final class TreeWriter {

    /**
     * So many overflow pages, and those of one more value, are freed by one action of a
     * removal of many entries.
     */
    private static final int OVERFLOW_PAGES_AT_ONCE = 256;

    private final OverflowPages overflow;

    private final TreeReader reader;

    private final TreeLimits limits;

    private final TreeBalance balance;

    TreeWriter(OverflowPages overflow, TreeReader reader, TreeLimits limits) {
        this.overflow = overflow;
        this.reader = reader;
        this.limits = limits;
        this.balance = new TreeBalance(limits);
    }

    /**
     * Sets the value of the operation's key.
     * @return whether its leaf is still the place for its keys, and no other page was
     * changed but overflow pages
     */
    boolean put(PageEditor editor, TreeOperation operation) {
        return put(editor, operation, this.reader.find(editor, operation));
    }

    /**
     * Adds the operation's entry behind all others.
     * @return false if its key is not greater than theirs
     */
    boolean append(PageEditor editor, TreeOperation operation) {
        TreePath path = operation.path();
        int found = this.reader.find(editor, operation);
        if (found >= 0) {
            return false;
        }
        if (path.height() > 0 && (!path.isRightEdge(editor, 0)
                || path.index(0) < TreeNode.count(path.node(editor, path.leaf(), 0)))) {
            return false;
        }
        put(editor, operation, found);
        return true;
    }

    /**
     * Sets the value of the operation's key if it is still the one that was read.
     * @return false if it is another one
     */
    boolean replaceRead(PageEditor editor, TreeOperation operation) {
        boolean unchanged = this.reader.isUnchanged(editor, operation);
        if (unchanged) {
            put(editor, operation);
        }
        return unchanged;
    }

    /**
     * Removes the operation's key if its value is still the one that was read.
     * @return false if it is another one
     */
    boolean removeRead(PageEditor editor, TreeOperation operation) {
        boolean unchanged = this.reader.isUnchanged(editor, operation);
        if (unchanged) {
            remove(editor, operation);
        }
        return unchanged;
    }

    private boolean put(PageEditor editor, TreeOperation operation, int found) {
        TreePath path = operation.path();
        SerializerOutput value = operation.newValue();
        this.limits.checkKey(operation.key().length());
        this.limits.checkValue(value.length());
        boolean large = value.length() > this.limits.inlineBytes();
        int word = large ? -value.length() : value.length();
        if (path.height() == 0) {
            this.balance.plant(editor, cell(editor, operation, word));
            editor.field(TreePath.SIZE, 1);
            return false;
        }
        if (found < 0) {
            SerializerOutput cell = cell(editor, operation, word);
            return insert(editor, operation, path.index(0), cell);
        }
        byte[] leaf = path.node(editor, path.leaf(), 0);
        int @Nullable [] oldPages = overflowPages(editor, path, leaf, found);
        int oldWord = TreeNode.valueWord(leaf, TreeNode.cell(leaf, found));
        if (large && oldPages != null && oldPages.length == this.overflow.count(value.length())) {
            this.overflow.replace(editor, oldPages, value.array(), value.length());
            if (word != oldWord) {
                TreeNode.setValue(editor.change(path.leaf()), found, word, value.array(), 0);
            }
            return true;
        }
        if (!large && word == oldWord) {
            TreeNode.setValue(editor.change(path.leaf()), found, word, value.array(), word);
            return true;
        }
        return replace(editor, operation, word, oldPages);
    }

    /** Puts a new entry into the leaf of the operation's path. */
    private boolean insert(PageEditor editor, TreeOperation operation, int index, SerializerOutput cell) {
        boolean fits = this.balance.insert(editor, operation, 0, index, cell.array(), cell.length());
        editor.field(TreePath.SIZE, editor.field(TreePath.SIZE) + 1);
        return fits;
    }

    /** Puts the cell of the new entry together, and a large value on pages of its own. */
    private SerializerOutput cell(PageEditor editor, TreeOperation operation, int word) {
        SerializerOutput cell = operation.cell();
        SerializerOutput value = operation.newValue();
        cell.clear();
        TreeNode.writeCell(cell, operation.key().array(), operation.key().length(), word);
        if (word < 0) {
            cell.writeInt(this.overflow.create(editor, value.array(), value.length()));
        }
        else {
            cell.writeBytes(value.array(), 0, value.length());
        }
        return cell;
    }

    private int @Nullable [] overflowPages(PageEditor editor, TreePath path, byte[] leaf, int index) {
        int cell = TreeNode.cell(leaf, index);
        int word = TreeNode.valueWord(leaf, cell);
        return (word < 0) ? this.overflow.lookBeforeChange(editor, path.leaf(),
                PageBytes.getInt(leaf, TreeNode.valueOffset(leaf, cell)), -word) : null;
    }

    /** Replaces the cell of the path's entry by one of another length. */
    private boolean replace(PageEditor editor, TreeOperation operation, int word, int @Nullable [] oldPages) {
        TreePath path = operation.path();
        int index = path.index(0);
        byte[] leaf = path.node(editor, path.leaf(), 0);
        int oldBytes = TreeNode.cellBytes(leaf, TreeNode.cell(leaf, index));
        int newBytes = TreeNode.CELL + operation.key().length() + TreeNode.valueBytes(word);
        boolean shrinks = newBytes < oldBytes;
        if (shrinks && this.balance.needsNeighbours(path, TreeNode.usedBytes(leaf) - oldBytes + newBytes)) {
            path.lookAtNeighbours(editor);
        }
        if (oldPages != null) {
            this.overflow.free(editor, oldPages);
        }
        SerializerOutput cell = cell(editor, operation, word);
        TreeNode.remove(editor.change(path.leaf()), index, index + 1);
        boolean fits = this.balance.insert(editor, operation, 0, index, cell.array(), cell.length());
        if (shrinks) {
            this.balance.shrink(editor, operation);
        }
        return fits && !shrinks;
    }

    /**
     * Puts the entries of several operations into one leaf, as long as that takes no more
     * than changing this leaf.
     * @param operations in the order of their keys
     * @param start the first of them to put, which is put in any case
     * @return the first that was not put
     */
    int putFrom(PageEditor editor, List<TreeOperation> operations, int start) {
        TreeOperation leader = operations.get(start);
        int next = start + 1;
        if (put(editor, leader)) {
            while (next < operations.size() && putIntoLeaf(editor, operations.get(next), leader)) {
                next++;
            }
        }
        return next;
    }

    /** Puts an entry into the leaf of another one's, if it belongs and fits there. */
    private boolean putIntoLeaf(PageEditor editor, TreeOperation operation, TreeOperation leader) {
        TreePath path = leader.path();
        SerializerOutput value = operation.newValue();
        byte[] leaf = path.node(editor, path.leaf(), 0);
        int found = TreeNode.search(leaf, operation.key().array(), operation.key().length());
        int count = TreeNode.count(leaf);
        if (value.length() > this.limits.inlineBytes() || operation.key().length() > this.limits.keyBytes()
                || (-1 - found == count && !path.isRightEdge(editor, 0))) {
            return false;
        }
        if (found >= 0) {
            boolean sameLength = TreeNode.valueWord(leaf, TreeNode.cell(leaf, found)) == value.length();
            if (sameLength) {
                TreeNode.setValue(editor.change(path.leaf()), found, value.length(), value.array(), value.length());
            }
            return sameLength;
        }
        SerializerOutput cell = cell(editor, operation, value.length());
        if (TreeNode.usedBytes(leaf) + TreeNode.SLOT + cell.length() > this.limits.pageSize()) {
            return false;
        }
        return insert(editor, leader, -1 - found, cell);
    }

    /** Removes the operation's key; false if it was not there. */
    boolean remove(PageEditor editor, TreeOperation operation) {
        int found = this.reader.find(editor, operation);
        if (found >= 0) {
            remove(editor, operation, found, found + 1);
        }
        return found >= 0;
    }

    /** Takes the first or last entry of a range, and copies it into the operation. */
    boolean poll(PageEditor editor, TreeOperation operation, KeyRange range, boolean last) {
        boolean found = this.reader.edge(editor, operation, range, last);
        if (found) {
            int index = operation.path().index(0);
            remove(editor, operation, index, index + 1);
        }
        return found;
    }

    /**
     * Removes the first entries of a range, some of those in one leaf, and copies the key
     * of the last of them into the operation.
     * @return false if there is none
     */
    boolean removeFirst(PageEditor editor, TreeOperation operation, KeyRange range) {
        TreePath path = operation.path();
        if (!path.first(editor, range)) {
            return false;
        }
        byte[] leaf = path.node(editor, path.leaf(), 0);
        byte[] to = range.to();
        int end = (to != null) ? TreeNode.place(leaf, to) : TreeNode.count(leaf);
        remove(editor, operation, path.index(0), end);
        return true;
    }

    /**
     * Removes entries from the leaf of the operation's path.
     * @param from the index of the first
     * @param end the index of the first to stay; fewer go, but one at least, if there are
     * many overflow pages to be freed
     */
    private void remove(PageEditor editor, TreeOperation operation, int from, int end) {
        TreePath path = operation.path();
        byte[] leaf = path.node(editor, path.leaf(), 0);
        List<int[]> chains = new ArrayList<>();
        int overflowPages = 0;
        int used = TreeNode.usedBytes(leaf);
        int to = from;
        while (to == from || (to < end && overflowPages < OVERFLOW_PAGES_AT_ONCE)) {
            int[] chain = overflowPages(editor, path, leaf, to);
            if (chain != null) {
                chains.add(chain);
                overflowPages += chain.length;
            }
            used -= TreeNode.SLOT + TreeNode.cellBytes(leaf, TreeNode.cell(leaf, to));
            to++;
        }
        if (this.balance.needsNeighbours(path, used)) {
            path.lookAtNeighbours(editor);
        }
        this.reader.copyKey(editor, operation, to - 1);
        for (int[] chain : chains) {
            this.overflow.free(editor, chain);
        }
        TreeNode.remove(editor.change(path.leaf()), from, to);
        editor.field(TreePath.SIZE, editor.field(TreePath.SIZE) - (to - from));
        this.balance.shrink(editor, operation);
    }

}
