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
     * Gives a page other content. It need not have been looked at, and is not fetched.
     * @param page its number
     * @param length its new length in bytes
     * @return its bytes, all of which are to be set until the action ends: they are zero,
     * or what they were
     */
    byte[] replace(int page, int length);

    /**
     * Throws if a page is free, as {@link #page} would; says so even if it is not in
     * memory. For a page that will be replaced or freed without being looked at.
     * @param page its number
     * @throws io.flowstate.storage.CorruptStateException if it is free
     */
    void checkInUse(int page);

    /**
     * Frees a page, which need not have been looked at. Its number is given out again
     * later.
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
