package io.flowstate.serialization;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The name of a serializer that is made of others, as in {@code pair(string,int64)}. It
 * tells all that the bytes depend on, so that a state is opened again only with the same
 * parts in the same order.
 */
final class SerializerName {

    private SerializerName() {
    }

    static String composed(String kind, Serializer<?>... parts) {
        return composed(kind, Arrays.stream(parts).map(Serializer::name).collect(Collectors.joining(",")));
    }

    static String composed(String kind, String parts) {
        String name = kind + "(" + parts + ")";
        if (parts.isEmpty() || name.length() > Serializer.MAX_NAME_LENGTH) {
            throw new IllegalArgumentException("the name of a serializer made of others must name them in at most "
                    + Serializer.MAX_NAME_LENGTH + " characters, but was " + name + " (" + name.length() + ")");
        }
        return name;
    }

}
