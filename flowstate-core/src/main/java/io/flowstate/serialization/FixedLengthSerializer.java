package io.flowstate.serialization;

/**
 * A serializer whose bytes are of one length for all values, so that they can stand
 * within a key as they are. Known of the built-in ones only.
 *
 * @param <T> the type of the values
 */
interface FixedLengthSerializer<T> extends Serializer<T> {

    /**
     * How many bytes each value has; 0 if this serializer, made of parts, has no fixed
     * length after all.
     */
    int lengthBytes();

    /** The length of what a serializer writes; 0 if it is not known to be fixed. */
    static int lengthBytes(Serializer<?> serializer) {
        return (serializer instanceof FixedLengthSerializer<?> fixed) ? fixed.lengthBytes() : 0;
    }

}
