package io.flowstate.internal.tree;

import java.util.Objects;

import io.flowstate.serialization.SerializerInput;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the bytes of the entries of a range, up or down. Copies some entries of one
 * leaf, then looks for the entry next to the last one it met. Keys rise, or fall, all the
 * way, whatever the pages hold. Belongs to one thread.
 */
final class LeafCursor {

    /** So many bytes of a leaf are copied at first: a walk may be short. */
    private static final int FIRST_COPY_BYTES = 4 << 10;

    /** So many afterwards. */
    private static final int COPY_BYTES = 8 << 10;

    private static final int NONE = -1;

    private final PageTree tree;

    private final boolean backward;

    private final SerializerInput input = new SerializerInput(new byte[0], 0, 0);

    /** What lay before the cursor when entries were copied last. */
    private KeyRange rest;

    private boolean restIsEmpty;

    /** What entries are copied into, from the first ones to the end of the walk. */
    private @Nullable TreeOperation operation;

    /** The cell of the present entry in the copy. */
    private int present;

    /** The cell behind it, {@link #NONE} if there is no present entry. */
    private int next = NONE;

    private boolean closed;

    private final Thread thread = Thread.currentThread();

    /**
     * What {@link io.flowstate.internal.page.PagedState#restores} was when the walk
     * began.
     */
    private final long restores;

    LeafCursor(PageTree tree, KeyRange range, boolean backward) {
        this.tree = tree;
        this.rest = range;
        this.restIsEmpty = range.isEmpty();
        this.backward = backward;
        this.restores = tree.restores();
    }

    /**
     * Moves to the next entry.
     * @return false if there is none
     */
    boolean advance() {
        while (!this.closed && (step() || fill())) {
            if (fetchLarge()) {
                this.tree.state().checkNotRestored(this.restores);
                return true;
            }
        }
        this.tree.state().checkNotRestored(this.restores);
        close();
        return false;
    }

    private boolean step() {
        if (this.next == NONE) {
            return false;
        }
        LeafCopy copy = copy();
        if (this.next == copy.end()) {
            return false;
        }
        checkOrder(copy.compare(this.next, this.present));
        this.present = this.next;
        this.next = copy.after(this.present);
        return true;
    }

    private void checkOrder(int compared) {
        if (this.backward ? compared >= 0 : compared <= 0) {
            throw this.tree.corrupt(copy().page(), "keys out of order");
        }
    }

    private LeafCopy copy() {
        return Objects.requireNonNull(this.operation).copy();
    }

    private boolean fill() {
        if (this.restIsEmpty) {
            return false;
        }
        if (this.next != NONE) {
            byte[] met = copy().key(this.present);
            this.rest = this.backward ? new KeyRange(this.rest.from(), met)
                    : new KeyRange(KeyRange.after(met), this.rest.to());
            this.next = NONE; // even if nothing can be copied
        }
        int enough = COPY_BYTES;
        TreeOperation filled = this.operation;
        if (filled == null) {
            filled = this.tree.take();
            this.operation = filled;
            enough = FIRST_COPY_BYTES;
        }
        if (!this.tree.copyEntries(filled, this.rest, this.backward, enough)) {
            return false;
        }
        LeafCopy copy = filled.copy();
        byte[] bound = this.backward ? this.rest.to() : this.rest.from();
        if (bound != null) { // or the walk might not end
            int compared = copy.compare(0, bound);
            checkOrder((compared == 0 && !this.backward) ? 1 : compared); // "from" too
        }
        this.restIsEmpty = copy.endsRange();
        this.present = 0;
        this.next = copy.after(0);
        return true;
    }

    /**
     * Reads the value of the present entry if it lies on overflow pages.
     * @return false if the entry has gone since it was copied
     */
    private boolean fetchLarge() {
        LeafCopy copy = copy();
        return !copy.isLarge(this.present) || this.tree.get(operationOf(copy.key(this.present)));
    }

    private TreeOperation operationOf(byte[] key) {
        TreeOperation reading = Objects.requireNonNull(this.operation);
        reading.key().clear();
        reading.key().writeBytes(key);
        return reading;
    }

    private LeafCopy presentCopy() {
        if (this.next == NONE) {
            throw new IllegalStateException(
                    "the cursor stands at no entry: call advance() first, while it returns true");
        }
        return copy();
    }

    /** The key of the present entry. */
    SerializerInput key() {
        return presentCopy().key(this.present, this.input);
    }

    /** The value of the present entry. */
    SerializerInput value() {
        LeafCopy copy = presentCopy();
        return copy.isLarge(this.present) ? Objects.requireNonNull(this.operation).valueInput()
                : copy.value(this.present, this.input);
    }

    /** Ends the walk. */
    void close() {
        this.closed = true;
        this.next = NONE;
        // if another thread closes it, its own may still be reading there
        if (this.operation != null && Thread.currentThread() == this.thread) {
            this.tree.giveBack(this.operation);
        }
        this.operation = null;
    }

}
