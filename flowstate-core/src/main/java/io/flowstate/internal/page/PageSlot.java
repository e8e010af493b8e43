package io.flowstate.internal.page;

/**
 * Where a page lies in the modified-page file, and which writing of it that is: a slot
 * that is used again has another sequence.
 *
 * @param position the file, in the upper half, and the offset in it
 * @param length the length of the page in bytes
 * @param sequence rises with each page written in this run
 */
public record PageSlot(long position, int length, long sequence) {

    static PageSlot of(int file, long offset, int length, long sequence) {
        assert offset >>> Integer.SIZE == 0 : offset;
        return new PageSlot(((long) file << Integer.SIZE) | offset, length, sequence);
    }

    int file() {
        return (int) (this.position >>> Integer.SIZE);
    }

    long offset() {
        return this.position & 0xFFFF_FFFFL;
    }

}
