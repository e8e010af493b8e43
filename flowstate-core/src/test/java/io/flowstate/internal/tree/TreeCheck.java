package io.flowstate.internal.tree;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;
import io.flowstate.internal.page.PagesCopy;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whether the pages of a state are a tree as it should be: in order, balanced, filled,
 * and nothing else.
 */
public final class TreeCheck {

    private final PageView view;

    private final int pageSize;

    private final Set<Integer> met = new HashSet<>();

    private long entries;

    private TreeCheck(PageView view, int pageSize) {
        this.view = view;
        this.pageSize = pageSize;
    }

    /**
     * Checks all pages.
     * @return the number of levels
     */
    static int check(HeapPagedState state) {
        return check(state, state.pages());
    }

    /**
     * Checks all pages, while nobody changes them.
     * @param state the state
     * @param pages the numbers of those that are in use
     * @return the number of levels
     */
    public static int check(PagedState state, Set<Integer> pages) {
        PageView view = PagesCopy.of(state, pages);
        TreeCheck check = new TreeCheck(view, state.pageSize());
        int height = (int) view.field(TreePath.HEIGHT);
        if (height > 0) {
            check.node((int) view.field(TreePath.ROOT), height - 1, true, true, null, null);
        }
        else {
            assertThat(view.field(TreePath.ROOT)).isZero();
        }
        assertThat(check.entries).as("size").isEqualTo(view.field(TreePath.SIZE));
        assertThat(check.met).as("pages in use").isEqualTo(pages);
        return height;
    }

    private void node(int page, int level, boolean root, boolean rightEdge, byte @Nullable [] low,
            byte @Nullable [] high) {
        assertThat(this.met.add(page)).as("page %d is met once", page).isTrue();
        byte[] node = this.view.page(page);
        assertThat(TreeNode.damage(node, level)).as("page %d", page).isNull();
        assertThat(node.length).isLessThanOrEqualTo(this.pageSize);
        bytes(node);
        order(node, low, high);
        if (!root && !rightEdge) {
            assertThat(TreeNode.usedBytes(node)).as("bytes of page %d at level %d", page, level)
                .isGreaterThanOrEqualTo(this.pageSize / 8);
        }
        int count = TreeNode.count(node);
        assertThat(count).isPositive();
        for (int index = 0; index < count; index++) {
            if (level == 0) {
                this.entries++;
                overflow(node, TreeNode.cell(node, index));
            }
            else {
                boolean last = index == count - 1;
                node(TreeNode.child(node, index), level - 1, false, rightEdge && last,
                        (index > 0) ? TreeNode.key(node, index) : low, last ? high : TreeNode.key(node, index + 1));
            }
        }
    }

    /** No two cells share a byte, and every byte of the page is counted. */
    private static void bytes(byte[] node) {
        boolean[] taken = new boolean[node.length];
        int used = TreeNode.HEADER + TreeNode.count(node) * TreeNode.SLOT;
        Arrays.fill(taken, 0, used, true);
        for (int index = 0; index < TreeNode.count(node); index++) {
            int cell = TreeNode.cell(node, index);
            int length = TreeNode.cellBytes(node, cell);
            for (int i = cell; i < cell + length; i++) {
                if (taken[i]) {
                    throw new AssertionError("byte " + i + " is in two cells");
                }
                taken[i] = true;
            }
            used += length;
        }
        assertThat(TreeNode.usedBytes(node)).isEqualTo(used);
    }

    private static void order(byte[] node, byte @Nullable [] low, byte @Nullable [] high) {
        byte[] previous = low;
        for (int index = TreeNode.firstKey(node); index < TreeNode.count(node); index++) {
            byte[] key = TreeNode.key(node, index);
            if (previous != null) {
                boolean first = index == TreeNode.firstKey(node) && TreeNode.level(node) == 0;
                assertThat(Arrays.compareUnsigned(previous, key)).isLessThan(first ? 1 : 0);
            }
            assertThat(TreeNode.search(node, key, key.length)).isEqualTo(index);
            previous = key;
        }
        if (high != null && previous != null) {
            assertThat(Arrays.compareUnsigned(previous, high)).isNegative();
        }
        if (TreeNode.level(node) > 0) {
            assertThat(TreeNode.key(node, 0)).isEmpty();
        }
    }

    private void overflow(byte[] leaf, int cell) {
        int word = TreeNode.valueWord(leaf, cell);
        if (word >= 0) {
            assertThat(word).isLessThanOrEqualTo(this.pageSize / 4);
            return;
        }
        int left = -word;
        assertThat(left).isGreaterThan(this.pageSize / 4);
        int page = PageBytes.getInt(leaf, TreeNode.valueOffset(leaf, cell));
        while (page != PageView.NO_PAGE) {
            assertThat(this.met.add(page)).as("page %d is met once", page).isTrue();
            byte[] bytes = this.view.page(page);
            assertThat(bytes.length).isEqualTo(Math.min(this.pageSize, left + OverflowPages.HEADER));
            left -= bytes.length - OverflowPages.HEADER;
            page = PageBytes.getInt(bytes, 4);
        }
        assertThat(left).isZero();
    }

}
