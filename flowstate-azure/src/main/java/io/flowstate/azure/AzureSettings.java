package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The numbers and places of a storage, as {@link AzureBlobStorage.Builder} describes
 * them.
 */
record AzureSettings(String prefix, boolean createContainer, @Nullable Path cacheDirectory, long cacheSizeBytes,
        Duration leaseDuration, Duration takeOverTimeout, Duration tryTimeout, int maxTries, Duration deadline,
        int uploadParallelism, int objectSizeBytes, Duration leftoverGrace) {

    private static final String PREFIX_PART = "[A-Za-z0-9_][A-Za-z0-9._-]*";

    private static final int MAX_PREFIX_LENGTH = 200;

    AzureSettings {
        if (prefix.length() > MAX_PREFIX_LENGTH || !prefix.matches(PREFIX_PART + "(/" + PREFIX_PART + ")*")) {
            throw new IllegalArgumentException("a prefix is made of letters, digits, '-', '_' and '.', its parts are "
                    + "separated by single '/' and begin with none of '-' and '.', and it has 1 to " + MAX_PREFIX_LENGTH
                    + " characters, but was of " + prefix.length() + ": "
                    + prefix.substring(0, Math.min(prefix.length(), 100)).replaceAll("[^\\p{Graph} ]", "?"));
        }
        checkPositive("lease-duration", leaseDuration);
        checkPositive("try-timeout", tryTimeout);
        checkPositive("deadline", deadline);
        checkNotNegative("take-over-timeout", takeOverTimeout);
        checkNotNegative("leftover-grace", leftoverGrace);
        checkBetween("max-tries", maxTries, 1, 100);
        checkBetween("upload-parallelism", uploadParallelism, 1, 64);
        checkBetween("object-size", objectSizeBytes, 64 << 10, 256 << 20);
        checkBetween("cache-size", cacheSizeBytes, 1 << 20, Long.MAX_VALUE);
    }

    private static void checkPositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive, but was " + value);
        }
    }

    private static void checkNotNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative, but was " + value);
        }
    }

    private static void checkBetween(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " must be between " + least + " and " + most + ", but was " + value);
        }
    }

}
