package io.flowstate.internal.checkpoint;

/**
 * What a checkpoint says of a state that is made of pages.
 *
 * @param fields its numbers
 * @param nextPage the lowest page number that was never used
 * @param pageSize the length of a full page in bytes
 */
public record RecordedPages(long[] fields, int nextPage, int pageSize) {

    /** How many numbers a state has. */
    public static final int FIELDS = 8;

}
