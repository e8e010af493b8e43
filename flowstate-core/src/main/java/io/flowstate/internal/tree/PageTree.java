package io.flowstate.internal.tree;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * A B+ tree of state pages: key bytes, compared unsigned, to value bytes. Nodes are drawn
 * in {@link TreeNode}, large values in {@link OverflowPages}; what the numbers of the
 * state mean stands in {@link TreePath}; how it stays balanced in {@link TreeBalance}.
 *
 * <pre>
 *                      [ . | m ]                level 1, the root
 *                       /     \
 *      [ a=1 | c=2 | k=3 ]   [ m=4 | x=5 ]      level 0, the leaves
 *                   |
 *               overflow pages, if the value is large
 * </pre>
 *
 * Leaves do not know each other: a cursor copies some entries, and finds the next by the
 * last key that it has met, so it holds nothing and does not mind what others divide and
 * join.
 *
 * <p>
 * Any number of threads. Each method is one action, atomic, unless it says otherwise.
 */
final class PageTree {

    private final PagedState state;

    private final TreeLimits limits;

    private final TreeOperation.Pool operations;

    private final TreeReader reader;

    private final TreeWriter writer;

    PageTree(PagedState state) {
        this.state = state;
        this.limits = new TreeLimits(state);
        this.operations = new TreeOperation.Pool(state);
        OverflowPages overflow = new OverflowPages(state, this.limits);
        this.reader = new TreeReader(overflow);
        this.writer = new TreeWriter(overflow, this.reader, this.limits);
    }

    /** An operation to be filled and handed to the methods below. */
    TreeOperation take() {
        return this.operations.take();
    }

    void giveBack(TreeOperation operation) {
        this.operations.giveBack(operation);
    }

    private <R extends @Nullable Object> R read(TreeOperation operation, Function<PageView, R> action) {
        return this.state.read((view) -> {
            try {
                return action.apply(view);
            }
            catch (IndexOutOfBoundsException ex) {
                throw operation.path().damaged(ex);
            }
        });
    }

    private <R extends @Nullable Object> R change(TreeOperation operation, Function<PageEditor, R> action) {
        return this.state.change((editor) -> {
            try {
                return action.apply(editor);
            }
            catch (IndexOutOfBoundsException ex) {
                throw operation.path().damaged(ex);
            }
        });
    }

    /** The pages. */
    PagedState state() {
        return this.state;
    }

    /** The error for a page that is not what it should be. */
    CorruptStateException corrupt(int page, String found) {
        return this.state.corrupt(page, found);
    }

    private void check(TreeOperation operation) {
        this.limits.checkKey(operation.key().length());
        this.limits.checkValue(operation.newValue().length());
    }

    /** The number of entries. */
    long size() {
        return this.state.<Long>read((view) -> view.field(TreePath.SIZE));
    }

    /** Removes all entries. */
    void clear() {
        this.state.clear();
    }

    /** Whether the operation's key is there. */
    boolean contains(TreeOperation operation) {
        return this.<Boolean>read(operation, (view) -> this.reader.contains(view, operation));
    }

    /** Reads the value of the operation's key; false if it is not there. */
    boolean get(TreeOperation operation) {
        operation.present = read(operation, (view) -> this.reader.get(view, operation));
        return operation.present;
    }

    /** Sets the value of the operation's key. */
    void put(TreeOperation operation) {
        check(operation);
        this.<Boolean>change(operation, (editor) -> this.writer.put(editor, operation));
    }

    /** Adds the operation's entry; false if its key is not greater than all others. */
    boolean append(TreeOperation operation) {
        check(operation);
        return change(operation, (editor) -> this.writer.append(editor, operation));
    }

    /** Removes the operation's key, if it is there. */
    void remove(TreeOperation operation) {
        this.<Boolean>change(operation, (editor) -> this.writer.remove(editor, operation));
    }

    /**
     * Sets the value of the operation's key if it is still what {@link #get} has read.
     */
    boolean replaceRead(TreeOperation operation) {
        check(operation);
        return change(operation, (editor) -> this.writer.replaceRead(editor, operation));
    }

    /** Removes the operation's key if its value is still what {@link #get} has read. */
    boolean removeRead(TreeOperation operation) {
        return change(operation, (editor) -> this.writer.removeRead(editor, operation));
    }

    /** Reads the first or last entry of a range; false if there is none. */
    boolean edge(TreeOperation operation, KeyRange range, boolean last) {
        return read(operation, (view) -> this.reader.edge(view, operation, range, last));
    }

    /** Takes the first or last entry of a range; false if there is none. */
    boolean poll(TreeOperation operation, KeyRange range, boolean last) {
        return change(operation, (editor) -> this.writer.poll(editor, operation, range, last));
    }

    /** Removes the entries of a range: several actions, some entries of a leaf each. */
    void removeRange(KeyRange range) {
        KeyRange rest = range;
        TreeOperation operation = take();
        try {
            while (!rest.isEmpty()) {
                KeyRange present = rest;
                if (!change(operation, (editor) -> this.writer.removeFirst(editor, operation, present))) {
                    return;
                }
                rest = new KeyRange(KeyRange.after(operation.foundKeyCopy()), range.to());
            }
        }
        finally {
            giveBack(operation);
        }
    }

    /**
     * Reads the values of several keys, an action for each leaf. A value on overflow
     * pages is only {@linkplain TreeOperation#large noticed}.
     */
    void getAll(List<TreeOperation> operations) {
        List<TreeOperation> sorted = sorted(operations);
        int next = 0;
        while (next < sorted.size()) {
            int start = next;
            next = this.<Integer>read(sorted.get(start), (view) -> this.reader.getFrom(view, sorted, start));
        }
    }

    /** Puts several entries, an action for each leaf; of equal keys the last one wins. */
    void putAll(List<TreeOperation> operations) {
        operations.forEach(this::check);
        List<TreeOperation> sorted = sorted(operations);
        int next = 0;
        while (next < sorted.size()) {
            int start = next;
            next = this.<Integer>change(sorted.get(start), (editor) -> this.writer.putFrom(editor, sorted, start));
        }
    }

    private static List<TreeOperation> sorted(List<TreeOperation> operations) {
        return operations.stream().sorted(Comparator.comparing(TreeOperation::key, PageTree::compareBytes)).toList();
    }

    private static int compareBytes(SerializerOutput key, SerializerOutput other) {
        return Arrays.compareUnsigned(key.array(), 0, key.length(), other.array(), 0, other.length());
    }

    /** Counts the entries of a range: several actions, one for each leaf. */
    long count(KeyRange range) {
        long restores = restores();
        long count = 0;
        KeyRange rest = range;
        TreeOperation operation = take();
        try {
            while (!rest.isEmpty()) {
                KeyRange present = rest;
                int counted = this.<Integer>read(operation, (view) -> this.reader.count(view, operation, present));
                if (counted == 0) {
                    break;
                }
                count += counted;
                byte[] met = operation.foundKeyCopy();
                if (rest.from() != null && Arrays.compareUnsigned(met, rest.from()) < 0) {
                    throw corrupt(operation.path().leaf(), "keys out of order");
                }
                rest = new KeyRange(KeyRange.after(met), range.to());
            }
        }
        finally {
            giveBack(operation);
        }
        this.state.checkNotRestored(restores);
        return count;
    }

    /** What {@link PagedState#checkNotRestored} takes, at a moment without a restore. */
    long restores() {
        return this.state.<Long>read((view) -> this.state.restores());
    }

    /**
     * Copies some entries of a leaf, from the first of a range on or from the last one
     * back.
     * @param enough no more follow after so many bytes
     * @return false if there is none
     */
    boolean copyEntries(TreeOperation operation, KeyRange range, boolean backward, int enough) {
        return read(operation, (view) -> this.reader.copyEntries(view, operation, range, backward, enough));
    }

}
