package io.flowstate.serialization;

import io.flowstate.storage.StateException;

/**
 * What the built-in serializers throw at bytes that they never write. No message shows
 * the bytes: they may be a user's data.
 */
final class ReadErrors {

    private static final String HINT = "; was the value written with the same serializer?";

    private ReadErrors() {
    }

    static StateException unexpected(String name, String expected, String found) {
        return new StateException("serializer " + name + " expected " + expected + " and found " + found + HINT);
    }

    /** Throws unless all bytes of the value were read. */
    static void checkEmpty(SerializerInput input, String name) {
        if (input.remaining() != 0) {
            throw new StateException("serializer " + name + " found " + input.remaining() + " bytes too many" + HINT);
        }
    }

}
