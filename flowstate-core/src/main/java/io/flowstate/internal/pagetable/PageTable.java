package io.flowstate.internal.pagetable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Where the image of each page of a state lies in the page log: one
 * {@linkplain ImageAddress word} a page number. The idea is that of LLAMA (VLDB 2013):
 * pages are found through a table, so that moving one changes one word.
 *
 * <p>
 * Any thread may read; only the checkpoint thread (before it starts, the opening thread)
 * writes.
 */
public final class PageTable {

    private static final int CHUNK_BITS = 12;

    private static final int CHUNK_WORDS = 1 << CHUNK_BITS;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    // grows by copying; written by the checkpoint thread
    private volatile long[][] chunks = {};

    /** The word of a page, {@link ImageAddress#NONE} if it has no image. */
    public long get(int page) {
        long[][] snapshot = this.chunks;
        int chunk = page >>> CHUNK_BITS;
        return (chunk < snapshot.length) ? (long) WORD.getAcquire(snapshot[chunk], page & (CHUNK_WORDS - 1))
                : ImageAddress.NONE;
    }

    /**
     * Sets the word of a page.
     * @return the word that it had
     */
    public long set(int page, long word) {
        int chunk = page >>> CHUNK_BITS;
        long[][] present = this.chunks;
        if (chunk >= present.length) {
            long[][] grown = Arrays.copyOf(present, chunk + 1);
            for (int i = present.length; i < grown.length; i++) {
                grown[i] = new long[CHUNK_WORDS];
            }
            this.chunks = grown;
            present = grown;
        }
        long before = (long) WORD.get(present[chunk], page & (CHUNK_WORDS - 1));
        WORD.setRelease(present[chunk], page & (CHUNK_WORDS - 1), word);
        return before;
    }

    /** No page with an image has this number or a higher one. */
    public int limit() {
        return this.chunks.length << CHUNK_BITS;
    }

    /**
     * Hands on every page that has an image, in the order of their numbers.
     */
    public void forEach(Visitor visitor) {
        long[][] snapshot = this.chunks;
        for (int chunk = 0; chunk < snapshot.length; chunk++) {
            for (int i = 0; i < CHUNK_WORDS; i++) {
                long word = (long) WORD.getAcquire(snapshot[chunk], i);
                if (word != ImageAddress.NONE) {
                    visitor.page((chunk << CHUNK_BITS) + i, word);
                }
            }
        }
    }

    /** Meets pages. */
    @FunctionalInterface
    public interface Visitor {

        /**
         * A page.
         * @param page its number
         * @param word where its image lies
         */
        void page(int page, long word);

    }

}
