package io.flowstate.internal.tree;

import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * The way from the root of a tree to an entry of a leaf: a page and an index at each
 * level, from the leaf, level 0, up. Knows pages by their numbers only, since their bytes
 * may be other arrays after each change. Good for one run of one action.
 */
final class TreePath {

    // The numbers of the state.

    /** The page of the root; 0 if there is no entry. */
    static final int ROOT = 0;

    /** The number of levels. */
    static final int HEIGHT = 1;

    /** The number of entries. */
    static final int SIZE = PageView.SIZE;

    /** More levels than the number of a page allows. */
    private static final int MAX_HEIGHT = 32;

    private final PagedState state;

    private final int[] pages = new int[MAX_HEIGHT];

    private final int[] indexes = new int[MAX_HEIGHT];

    private int height;

    /** The node that was looked at last, for errors. */
    private int visited;

    TreePath(PagedState state) {
        this.state = state;
    }

    int height() {
        return this.height;
    }

    int page(int level) {
        return this.pages[level];
    }

    /** The index of the entry, or of the child that the path goes through. */
    int index(int level) {
        return this.indexes[level];
    }

    int leaf() {
        return this.pages[0];
    }

    /** The error for what an action met that no undamaged page shows. */
    CorruptStateException damaged(Throwable cause) {
        CorruptStateException damage = this.state.corrupt(this.visited, "bytes that lead out of the page");
        damage.addSuppressed(cause);
        return damage;
    }

    /** The bytes of a node that must be of a level. */
    byte[] node(PageView view, int page, int level) {
        if (page <= 0) {
            throw this.state.corrupt(this.visited, "page " + page + " as a child");
        }
        byte[] node = view.page(page);
        this.visited = page;
        String damage = (node.length <= this.state.pageSize()) ? TreeNode.damage(node, level) : node.length + " bytes";
        if (damage != null) {
            throw this.state.corrupt(page, damage);
        }
        return node;
    }

    private boolean start(PageView view) {
        long root = view.field(ROOT);
        long levels = view.field(HEIGHT);
        if (levels == 0 && root == PageView.NO_PAGE) {
            this.height = 0;
            return false;
        }
        if (levels <= 0 || levels > MAX_HEIGHT || root <= 0 || root > Integer.MAX_VALUE) {
            throw this.state.corrupt((int) root, "a root of " + levels + " levels");
        }
        this.height = (int) levels;
        this.pages[this.height - 1] = (int) root;
        return true;
    }

    /**
     * Goes to the leaf in which a key belongs.
     * @return the index of the key, or, if it is not there, -1 minus the index it would
     * have; -1 if there is no leaf
     */
    int find(PageView view, byte[] key, int length) {
        if (!start(view)) {
            return -1;
        }
        for (int level = this.height - 1; level > 0; level--) {
            byte[] node = node(view, this.pages[level], level);
            enter(node, level, TreeNode.childIndex(node, key, length));
        }
        int found = TreeNode.search(node(view, this.pages[0], 0), key, length);
        this.indexes[0] = (found >= 0) ? found : -1 - found;
        return found;
    }

    private void enter(byte[] node, int level, int index) {
        this.indexes[level] = index;
        this.pages[level - 1] = TreeNode.child(node, index);
    }

    /**
     * Goes to the first entry of a range.
     * @return false if there is none
     */
    boolean first(PageView view, KeyRange range) {
        byte[] from = range.from();
        if (from != null) {
            find(view, from, from.length);
        }
        else if (start(view)) {
            descend(view, this.height - 1, false);
        }
        if (this.height == 0) {
            return false;
        }
        byte[] leaf = node(view, leaf(), 0);
        if (this.indexes[0] == TreeNode.count(leaf)) {
            if (!step(view, 1)) {
                return false;
            }
            leaf = node(view, leaf(), 0);
        }
        return isBefore(leaf, range.to());
    }

    private boolean isBefore(byte[] leaf, byte @Nullable [] to) {
        return to == null || TreeNode.compareKey(leaf, this.indexes[0], to, to.length) < 0;
    }

    /**
     * Goes to the last entry of a range.
     * @return false if there is none
     */
    boolean last(PageView view, KeyRange range) {
        byte[] to = range.to();
        if (to != null) {
            find(view, to, to.length);
            this.indexes[0]--;
        }
        else if (start(view)) {
            descend(view, this.height - 1, true);
        }
        if (this.height == 0 || (this.indexes[0] < 0 && !step(view, -1))) {
            return false;
        }
        byte[] from = range.from();
        return from == null || TreeNode.compareKey(node(view, leaf(), 0), this.indexes[0], from, from.length) >= 0;
    }

    /** Goes from the edge of a leaf to the nearest entry of the next. */
    private boolean step(PageView view, int direction) {
        for (int level = 1; level < this.height; level++) {
            byte[] node = node(view, this.pages[level], level);
            int index = this.indexes[level] + direction;
            if (index >= 0 && index < TreeNode.count(node)) {
                enter(node, level, index);
                descend(view, level - 1, direction < 0);
                return true;
            }
        }
        return false;
    }

    /** Goes from a node down to its first or last entry. */
    private void descend(PageView view, int top, boolean toLast) {
        for (int level = top; level > 0; level--) {
            byte[] node = node(view, this.pages[level], level);
            enter(node, level, toLast ? TreeNode.count(node) - 1 : 0);
        }
        int count = TreeNode.count(node(view, this.pages[0], 0));
        if (count == 0) {
            throw this.state.corrupt(this.pages[0], "a leaf without entries");
        }
        this.indexes[0] = toLast ? count - 1 : 0;
    }

    /** Whether nothing lies to the right of the node at a level. */
    boolean isRightEdge(PageView view, int ofLevel) {
        for (int level = ofLevel + 1; level < this.height; level++) {
            if (this.indexes[level] != TreeNode.count(node(view, this.pages[level], level)) - 1) {
                return false;
            }
        }
        return true;
    }

    /**
     * The index, in the node above, of the neighbour with which the node at a level would
     * be joined.
     */
    int neighbour(int level) {
        int index = this.indexes[level + 1];
        return (index > 0) ? index - 1 : 1;
    }

    /** Looks at all pages that joining nodes may need, at every level. */
    void lookAtNeighbours(PageView view) {
        for (int level = 0; level < this.height - 1; level++) {
            byte[] parent = node(view, this.pages[level + 1], level + 1);
            node(view, TreeNode.child(parent, neighbour(level)), level);
        }
    }

}
