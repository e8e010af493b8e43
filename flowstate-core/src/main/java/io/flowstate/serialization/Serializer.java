package io.flowstate.serialization;

/**
 * Turns values of one type into bytes and back. A serializer is used by many threads at
 * once and keeps no state between calls. Two keys are the same key exactly if their bytes
 * are equal; sorted states order keys by their bytes, compared unsigned.
 *
 * @param <T> the type of the values
 */
public interface Serializer<T> {

    /** The most characters that the name of a serializer may have. */
    int MAX_NAME_LENGTH = 200;

    /**
     * The name that is stored with each state and compared when the state is opened
     * again; it is never loaded as a class. Chosen by the author and changed when the
     * bytes change.
     * @return a stable text of 1 to {@value #MAX_NAME_LENGTH} characters
     */
    String name();

    /**
     * Appends the bytes of a value.
     * @param value the value, never null
     * @param output where the bytes go; positioned at the end of what was written before
     */
    void write(T value, SerializerOutput output);

    /**
     * Makes a value from the bytes that {@link #write} produced.
     * @param input exactly the bytes of one value; valid during this call only
     * @return the value, never null
     */
    T read(SerializerInput input);

}
