package io.flowstate.internal.page;

/**
 * The pages of one state, and its few numbers, as an action that changes them sees them:
 * no other thread reads or changes them meanwhile.
 *
 * <p>
 * An action first {@linkplain #page looks at} every page it will need, and only then
 * changes the first: if a page is missing it runs again from its beginning, which it
 * could not after a change. A page that was looked at, or allocated, by the same run is
 * never missing. If anything but {@link PageMissingException} is thrown after the first
 * change, the state is damaged in memory, and every further call fails.
 */
public interface PageEditor extends PageView {

    /**
     * The bytes of a page, to be changed until the action ends.
     * @param page its number
     * @return its bytes; perhaps not the array that {@link #page} returned before
     * @throws PageMissingException if it is not in memory and nothing was changed before
     */
    byte[] change(int page);

    /**
     * Makes a new page.
     * @param length its length in bytes
     * @return its number; its bytes are zero
     */
    int allocate(int length);

    /**
     * Gives a page another length; what fits of its content stays, the rest is zero.
     * @param page its number
     * @param length its new length in bytes
     * @return its bytes, to be changed until the action ends
     */
    byte[] resize(int page, int length);

    /**
     * Frees a page. Its number is given out again later.
     * @param page its number
     */
    void free(int page);

    /**
     * Sets one of the numbers of the state.
     * @param index which one, below {@value PageView#FIELDS}
     * @param value the number
     */
    void field(int index, long value);

}
