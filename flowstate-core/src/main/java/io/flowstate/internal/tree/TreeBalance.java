package io.flowstate.internal.tree;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.serialization.SerializerOutput;

/**
 * What keeps a tree in shape within actions that change it: nodes that are too full are
 * divided, those that use little are joined with a neighbour or take entries from it.
 *
 * <ul>
 * <li>A node is divided in the middle; but if the new entry comes behind all others of
 * the tree, the left node stays full, so that ascending keys fill their pages.</li>
 * <li>A node other than the root that comes to use less than a quarter of a page is
 * joined with a neighbour under the same parent, if both use three quarters at most, else
 * both share their entries evenly. A leaf without entries is freed. Only nodes at the
 * right edge may have been begun with less.</li>
 * <li>An inner node has two children at least; a root that is left with one makes way for
 * it.</li>
 * </ul>
 *
 * All pages that are changed here were looked at by the same run: those of the path, and
 * before anything is removed those of {@link TreePath#lookAtNeighbours}.
 */
final class TreeBalance {

    private final TreeLimits limits;

    TreeBalance(TreeLimits limits) {
        this.limits = limits;
    }

    /** Makes the tree one leaf with one entry. */
    void plant(PageEditor editor, SerializerOutput cell) {
        int bytes = TreeNode.HEADER + TreeNode.SLOT + cell.length();
        int page = editor.allocate(this.limits.pageBytes(bytes));
        byte[] leaf = editor.change(page);
        TreeNode.format(leaf, 0);
        TreeNode.insert(leaf, 0, cell.array(), 0, cell.length());
        editor.field(TreePath.ROOT, page);
        editor.field(TreePath.HEIGHT, 1);
    }

    /**
     * Puts a new entry into a node of the operation's path, which is divided if need be.
     * @param level the level of the node
     * @param index the index of the entry
     * @param source holds its cell from 0 on
     * @param length the bytes of the cell
     * @return false if the node was divided
     */
    boolean insert(PageEditor editor, TreeOperation operation, int level, int index, byte[] source, int length) {
        int page = operation.path().page(level);
        byte[] node = editor.page(page);
        int used = TreeNode.usedBytes(node) + TreeNode.SLOT + length;
        if (used > this.limits.pageSize()) {
            divide(editor, operation, level, index, source, length);
            return false;
        }
        boolean hasRoom = TreeNode.hasRoom(node, length);
        node = hasRoom ? editor.change(page) : rewrite(editor, operation, page, used);
        TreeNode.insert(node, index, source, 0, length);
        return true;
    }

    /**
     * Writes a node anew, without gaps.
     * @param used the bytes for which there shall be room
     */
    private byte[] rewrite(PageEditor editor, TreeOperation operation, int page, int used) {
        byte[] copy = editor.page(page).clone();
        CellList cells = operation.cells();
        cells.clear();
        cells.addAll(copy);
        TreeNode.checkUsed(copy, cells.nodeBytes(0, cells.count()));
        boolean fits = used <= copy.length && used >= copy.length / 2;
        byte[] node = fits ? editor.change(page) : editor.resize(page, this.limits.pageBytes(used));
        cells.write(node, TreeNode.level(copy), 0, cells.count());
        cells.clear();
        return node;
    }

    private void divide(PageEditor editor, TreeOperation operation, int level, int index, byte[] source, int length) {
        TreePath path = operation.path();
        int page = path.page(level);
        byte[] copy = editor.page(page).clone();
        CellList cells = operation.cells();
        cells.clear();
        cells.addAll(copy);
        boolean appends = index == cells.count() && path.isRightEdge(editor, level);
        cells.insert(index, source, 0, length);
        int least = (level > 0) ? 2 : 1;
        int split = appends ? cells.count() - least : cells.middle(least);
        byte[] separator = separator(cells, level, split);
        if (appends) {
            TreeNode.remove(editor.change(page), split, TreeNode.count(copy));
        }
        else {
            write(editor, page, level, cells, 0, split);
        }
        int right = editor.allocate(this.limits.pageBytes(cells.nodeBytes(split, cells.count())));
        cells.write(editor.change(right), level, split, cells.count());
        cells.clear();
        byte[] cell = TreeNode.innerCell(separator, right);
        if (level == path.height() - 1) {
            grow(editor, page, level + 1, cell);
        }
        else {
            insert(editor, operation, level + 1, path.index(level + 1) + 1, cell, cell.length);
        }
    }

    /**
     * The key by which two nodes are told apart; in inner nodes, it is taken from the
     * second.
     */
    private static byte[] separator(CellList cells, int level, int split) {
        if (level == 0) {
            return cells.separator(split);
        }
        byte[] key = cells.key(split);
        cells.removeKey(split);
        return key;
    }

    private void write(PageEditor editor, int page, int level, CellList cells, int from, int to) {
        int length = this.limits.pageBytes(cells.nodeBytes(from, to));
        byte[] node = (editor.page(page).length == length) ? editor.change(page) : editor.resize(page, length);
        cells.write(node, level, from, to);
    }

    private void grow(PageEditor editor, int oldRoot, int level, byte[] cell) {
        byte[] first = TreeNode.innerCell(new byte[0], oldRoot);
        int used = TreeNode.HEADER + 2 * TreeNode.SLOT + first.length + cell.length;
        int root = editor.allocate(this.limits.pageBytes(used));
        byte[] node = editor.change(root);
        TreeNode.format(node, level);
        TreeNode.insert(node, 0, first, 0, first.length);
        TreeNode.insert(node, 1, cell, 0, cell.length);
        editor.field(TreePath.ROOT, root);
        editor.field(TreePath.HEIGHT, level + 1L);
    }

    /**
     * Whether a leaf of a path that comes to use fewer bytes may be joined with another,
     * so that the neighbours must be looked at.
     */
    boolean needsNeighbours(TreePath path, int used) {
        return path.height() > 1 && used < this.limits.leastBytes();
    }

    /** Joins nodes of the operation's path after its leaf came to use fewer bytes. */
    void shrink(PageEditor editor, TreeOperation operation) {
        TreePath path = operation.path();
        int level = 0;
        boolean changed = true;
        while (changed && level < path.height() - 1) {
            changed = shrink(editor, operation, level++);
        }
        if (changed) {
            shrinkRoot(editor, operation);
        }
    }

    /**
     * Joins a node with its neighbour if it uses too little.
     * @return whether the node above has a child less
     */
    private boolean shrink(PageEditor editor, TreeOperation operation, int level) {
        TreePath path = operation.path();
        int page = path.page(level);
        byte[] node = editor.page(page);
        int used = TreeNode.usedBytes(node);
        if (used >= this.limits.leastBytes()) {
            trim(editor, operation, page, used);
            return false;
        }
        int index = path.index(level + 1);
        if (TreeNode.count(node) == 0) {
            editor.free(page);
            TreeNode.removeChild(editor.change(path.page(level + 1)), index);
            return true;
        }
        return join(editor, operation, level, Math.max(1, index));
    }

    private boolean join(PageEditor editor, TreeOperation operation, int level, int right) {
        int parentPage = operation.path().page(level + 1);
        byte[] parent = editor.page(parentPage);
        int leftPage = TreeNode.child(parent, right - 1);
        int rightPage = TreeNode.child(parent, right);
        CellList cells = operation.cells();
        cells.clear();
        cells.addAll(editor.page(leftPage).clone());
        int leftCount = cells.count();
        cells.addAll(editor.page(rightPage).clone());
        if (level > 0) {
            cells.replaceKey(leftCount, TreeNode.key(parent, right));
        }
        boolean one = cells.nodeBytes(0, cells.count()) <= this.limits.joinedBytes();
        if (one) {
            write(editor, leftPage, level, cells, 0, cells.count());
            editor.free(rightPage);
            TreeNode.remove(editor.change(parentPage), right, right + 1);
        }
        else {
            int split = cells.middle((level > 0) ? 2 : 1);
            byte[] cell = TreeNode.innerCell(separator(cells, level, split), rightPage);
            write(editor, leftPage, level, cells, 0, split);
            write(editor, rightPage, level, cells, split, cells.count());
            TreeNode.remove(editor.change(parentPage), right, right + 1);
            insert(editor, operation, level + 1, right, cell, cell.length);
        }
        cells.clear();
        return one;
    }

    private void shrinkRoot(PageEditor editor, TreeOperation operation) {
        TreePath path = operation.path();
        int level = path.height() - 1;
        int page = path.page(level);
        byte[] root = editor.page(page);
        int count = TreeNode.count(root);
        if (level > 0 && count == 1) {
            editor.field(TreePath.ROOT, TreeNode.child(root, 0));
            editor.field(TreePath.HEIGHT, level);
            editor.free(page);
        }
        else if (level == 0 && count == 0) {
            editor.field(TreePath.ROOT, PageView.NO_PAGE);
            editor.field(TreePath.HEIGHT, 0);
            editor.free(page);
        }
        else {
            trim(editor, operation, page, TreeNode.usedBytes(root));
        }
    }

    /** Makes a page shorter that is much longer than it needs to be. */
    private void trim(PageEditor editor, TreeOperation operation, int page, int used) {
        int length = editor.page(page).length;
        if (used < length / 2 && this.limits.pageBytes(used) < length) {
            rewrite(editor, operation, page, used);
        }
    }

}
