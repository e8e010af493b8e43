package io.flowstate.internal.tree;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import io.flowstate.internal.page.PageView;

/**
 * What is done within actions that look at a tree: finds entries and copies them into
 * operations.
 */
final class TreeReader {

    private final OverflowPages overflow;

    TreeReader(OverflowPages overflow) {
        this.overflow = overflow;
    }

    /** Whether the operation's key is there. */
    boolean contains(PageView view, TreeOperation operation) {
        return find(view, operation) >= 0;
    }

    /** Goes to the place of the operation's key, see {@link TreePath#find}. */
    int find(PageView view, TreeOperation operation) {
        return operation.path().find(view, operation.key().array(), operation.key().length());
    }

    /** Copies the value of the operation's key, if it is there. */
    boolean get(PageView view, TreeOperation operation) {
        boolean found = contains(view, operation);
        if (found) {
            copyValue(view, operation);
        }
        return found;
    }

    /** Copies the first or last entry of a range, if there is one. */
    boolean edge(PageView view, TreeOperation operation, KeyRange range, boolean last) {
        TreePath path = operation.path();
        boolean found = last ? path.last(view, range) : path.first(view, range);
        if (found) {
            copyKey(view, operation, operation.path().index(0));
            copyValue(view, operation);
        }
        return found;
    }

    /** Copies entries of a leaf, from the first or last of a range on; false if none. */
    boolean copyEntries(PageView view, TreeOperation operation, KeyRange range, boolean backward, int enough) {
        TreePath path = operation.path();
        boolean found = backward ? path.last(view, range) : path.first(view, range);
        if (found) {
            operation.copy().set(path.node(view, path.leaf(), 0), path.leaf(), path.index(0), range, backward, enough);
        }
        return found;
    }

    /** Counts entries of the first leaf that has some of a range; copies the last key. */
    int count(PageView view, TreeOperation operation, KeyRange range) {
        TreePath path = operation.path();
        if (!path.first(view, range)) {
            return 0;
        }
        byte[] leaf = path.node(view, path.leaf(), 0);
        byte[] to = range.to();
        int end = (to != null) ? TreeNode.place(leaf, to) : TreeNode.count(leaf);
        Objects.checkIndex(path.index(0), end); // or keys are out of order
        copyKey(view, operation, end - 1);
        return end - path.index(0);
    }

    /** Copies the key of an entry in the leaf of the operation's path. */
    void copyKey(PageView view, TreeOperation operation, int index) {
        TreePath path = operation.path();
        byte[] leaf = path.node(view, path.leaf(), 0);
        int cell = TreeNode.cell(leaf, index);
        int length = TreeNode.keyLength(leaf, cell);
        System.arraycopy(leaf, cell + TreeNode.CELL, operation.foundKey(length), 0, length);
    }

    private void copyValue(PageView view, TreeOperation operation) {
        TreePath path = operation.path();
        byte[] leaf = path.node(view, path.leaf(), 0);
        int cell = TreeNode.cell(leaf, path.index(0));
        int word = TreeNode.valueWord(leaf, cell);
        int from = TreeNode.valueOffset(leaf, cell);
        if (word >= 0) {
            TreeNode.checkedEnd(leaf, from, word); // before so much is allocated
            System.arraycopy(leaf, from, operation.value(word), 0, word);
        }
        else {
            int[] pages = this.overflow.look(view, path.leaf(), PageBytes.getInt(leaf, from), -word);
            this.overflow.read(view, pages, operation.value(-word), -word);
        }
    }

    /** Whether the operation's key has still what the operation has read. */
    boolean isUnchanged(PageView view, TreeOperation operation) {
        int found = find(view, operation);
        if (found < 0 || !operation.present) {
            return found < 0 && !operation.present;
        }
        TreePath path = operation.path();
        byte[] leaf = path.node(view, path.leaf(), 0);
        int cell = TreeNode.cell(leaf, found);
        int word = TreeNode.valueWord(leaf, cell);
        int from = TreeNode.valueOffset(leaf, cell);
        int length = operation.valueLength();
        if (word >= 0) {
            return word == length
                    && Arrays.equals(leaf, from, TreeNode.checkedEnd(leaf, from, word), operation.value(), 0, length);
        }
        return -word == length && this.overflow.holds(view,
                this.overflow.look(view, path.leaf(), PageBytes.getInt(leaf, from), length), operation.value(), length);
    }

    /**
     * Copies the values of several keys that lie in one leaf. Values on overflow pages
     * are left to be read one by one, so that few of them are in memory at once.
     * @param operations in the order of their keys
     * @param start the first of them to look for
     * @return the first that lies in another leaf
     */
    int getFrom(PageView view, List<TreeOperation> operations, int start) {
        TreeOperation leader = operations.get(start);
        int found = find(view, leader);
        TreePath path = leader.path();
        if (path.height() == 0) {
            operations.subList(start, operations.size()).forEach((operation) -> operation.present = false);
            return operations.size();
        }
        byte[] leaf = path.node(view, path.leaf(), 0);
        copyIfInline(leaf, found, leader);
        int next = start + 1;
        while (next < operations.size()) {
            TreeOperation operation = operations.get(next);
            int place = TreeNode.search(leaf, operation.key().array(), operation.key().length());
            if (-1 - place == TreeNode.count(leaf)) {
                break; // perhaps in the next leaf
            }
            copyIfInline(leaf, place, operation);
            next++;
        }
        return next;
    }

    private static void copyIfInline(byte[] leaf, int found, TreeOperation operation) {
        operation.present = found >= 0;
        operation.large = false;
        if (found >= 0) {
            int cell = TreeNode.cell(leaf, found);
            int word = TreeNode.valueWord(leaf, cell);
            operation.large = word < 0;
            if (word >= 0) {
                int from = TreeNode.valueOffset(leaf, cell);
                TreeNode.checkedEnd(leaf, from, word);
                System.arraycopy(leaf, from, operation.value(word), 0, word);
            }
        }
    }

}
