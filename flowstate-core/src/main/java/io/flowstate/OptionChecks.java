package io.flowstate;

import java.time.Duration;

import io.flowstate.internal.memory.DirectMemory;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

/**
 * What the options must keep, each with the message that names its property, and the
 * defaults that depend on the JVM.
 */
final class OptionChecks {

    private static final Duration MIN_TIME = Duration.ofMillis(1);

    private static final Duration MAX_TIME = Duration.ofDays(365);

    private static final long MIN_DEFAULT_INDEX_MEMORY = 1 << 20;

    private OptionChecks() {
    }

    static Storage given(@Nullable Storage persistentStorage) {
        if (persistentStorage == null) {
            throw new IllegalArgumentException(
                    "no persistentStorage was given; say for example persistentStorage(Storage.local(log, checkpoints))");
        }
        return persistentStorage;
    }

    static int powerOfTwo(String property, int least, int most, int value) {
        if (value < least || value > most || Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(
                    property + " must be a power of two from " + least + " to " + most + " bytes, but was " + value);
        }
        return value;
    }

    static long positive(String property, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(property + " must be more than 0, but was " + value);
        }
        return value;
    }

    static long atLeast(String property, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException(property + " must be at least " + least + " bytes, but was " + value);
        }
        return value;
    }

    static Duration time(String property, Duration value) {
        if (value.compareTo(MIN_TIME) < 0 || value.compareTo(MAX_TIME) > 0) {
            throw new IllegalArgumentException(property + " must be from 1 millisecond to 365 days, but was " + value);
        }
        return value;
    }

    static long memorySize(int minPages, int pageSize, long value) {
        long least = (long) minPages * pageSize;
        if (value < least) {
            throw new IllegalArgumentException("memory-size must be at least " + minPages + " log pages of " + pageSize
                    + " bytes (page-size), which is " + least + " bytes, but was " + value);
        }
        return value;
    }

    static long segmentSize(int pageSize, long value) {
        if (value < pageSize || value % pageSize != 0) {
            throw new IllegalArgumentException("segment-size must be a multiple of page-size, " + pageSize
                    + " bytes, and at least that, but was " + value);
        }
        return value;
    }

    static int checkpointsToKeep(int most, int value) {
        if (positive("checkpoint.keep", value) > most) {
            throw new IllegalArgumentException("checkpoint.keep must be at most " + most + ", but was " + value);
        }
        return value;
    }

    static int metadataLimit(int most, int value) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(
                    "checkpoint.metadata-limit must be 0 to " + most + " bytes, but was " + value);
        }
        return value;
    }

    /** Half of the largest heap, but no more than the JVM gives beside memory-size. */
    static long defaultIndexMemory(long memorySize) {
        long left = DirectMemory.jvmLimitBytes() - memorySize;
        return Math.max(MIN_DEFAULT_INDEX_MEMORY, Math.min(Runtime.getRuntime().maxMemory() / 2, left));
    }

    /** Two fifths of the largest heap. */
    static long defaultCacheMemory(long least) {
        return Math.max(least, Runtime.getRuntime().maxMemory() / 5 * 2);
    }

}
