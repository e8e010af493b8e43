package io.flowstate.storage;

import java.util.regex.Pattern;

/**
 * What the name of a metadata object looks like: {@code checkpoint-VERSION-RUN}, both
 * numbers in 16 hexadecimal digits. It is the name of a file or blob on every medium, and
 * never leads out of its directory or prefix. What has another name is none of ours.
 */
final class MetadataName {

    private static final Pattern NAME = Pattern.compile("checkpoint-[0-9a-f]{16}-[0-9a-f]{16}");

    private MetadataName() {
    }

    static boolean isValid(String name) {
        return NAME.matcher(name).matches();
    }

    /** Gives a name back, refusing one that is not valid. */
    static String check(String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException(
                    "the name of a metadata object is checkpoint-VERSION-RUN, each of 16 hexadecimal digits, but was of "
                            + name.length() + " characters: "
                            + name.substring(0, Math.min(name.length(), 100)).replaceAll("[^\\p{Graph} ]", "?"));
        }
        return name;
    }

}
