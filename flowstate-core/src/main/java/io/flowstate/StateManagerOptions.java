package io.flowstate;

import java.time.Duration;
import java.util.Objects;

import io.flowstate.internal.memory.DirectMemory;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

/**
 * Where a store lies, how much memory it takes, and how its checkpoints behave.
 * Unchanging; may be used to open a store many times. Settings may change from run to
 * run: what was written with the old ones is read.
 */
public final class StateManagerOptions {

    /** The smallest {@code page-size}, in bytes. */
    public static final int MIN_PAGE_SIZE = 64 << 10;

    /** The largest {@code page-size}, in bytes. */
    public static final int MAX_PAGE_SIZE = 1 << 30;

    /** {@code memory-size} is at least this many log pages. */
    public static final int MIN_PAGES = 4;

    /** {@code checkpoint.keep} is at most this. */
    public static final int MAX_CHECKPOINTS_TO_KEEP = 1000;

    private static final Duration MIN_TIME = Duration.ofMillis(1);

    private static final Duration MAX_TIME = Duration.ofDays(365);

    private static final long MIN_DEFAULT_INDEX_MEMORY = 1 << 20;

    private final Storage persistentStorage;

    private final long memorySize;

    private final int pageSize;

    private final long segmentSize;

    private final long indexMemory;

    private final int checkpointsToKeep;

    private final Duration checkpointGatePause;

    private final Duration checkpointGateTimeout;

    private final Duration checkpointTimeout;

    private final int checkpointMetadataLimit;

    private final long replayLimit;

    private final Duration deviceTimeout;

    private final OnUnreadableCheckpoint onUnreadableCheckpoint;

    private StateManagerOptions(Builder builder) {
        if (builder.persistentStorage == null) {
            throw new IllegalArgumentException(
                    "no persistentStorage was given; say for example persistentStorage(Storage.local(log, checkpoints))");
        }
        this.persistentStorage = builder.persistentStorage;
        this.pageSize = checkPageSize(builder.pageSize);
        this.memorySize = builder.memorySize;
        if (this.memorySize < (long) MIN_PAGES * this.pageSize) {
            throw new IllegalArgumentException("memory-size must be at least " + MIN_PAGES + " log pages of "
                    + this.pageSize + " bytes (page-size), which is " + (long) MIN_PAGES * this.pageSize
                    + " bytes, but was " + this.memorySize);
        }
        this.segmentSize = builder.segmentSize;
        if (this.segmentSize < this.pageSize || this.segmentSize % this.pageSize != 0) {
            throw new IllegalArgumentException("segment-size must be a multiple of page-size, " + this.pageSize
                    + " bytes, and at least that, but was " + this.segmentSize);
        }
        this.indexMemory = positive("index-memory",
                (builder.indexMemory != Builder.UNSET) ? builder.indexMemory : defaultIndexMemory(this.memorySize));
        this.checkpointsToKeep = (int) positive("checkpoint.keep", builder.checkpointsToKeep);
        if (this.checkpointsToKeep > MAX_CHECKPOINTS_TO_KEEP) {
            throw new IllegalArgumentException("checkpoint.keep must be at most " + MAX_CHECKPOINTS_TO_KEEP
                    + ", but was " + this.checkpointsToKeep);
        }
        this.checkpointGatePause = time("checkpoint.gate-pause", builder.checkpointGatePause);
        this.checkpointGateTimeout = time("checkpoint.gate-timeout", builder.checkpointGateTimeout);
        this.checkpointTimeout = time("checkpoint.timeout", builder.checkpointTimeout);
        this.checkpointMetadataLimit = builder.checkpointMetadataLimit;
        if (this.checkpointMetadataLimit < 0 || this.checkpointMetadataLimit > MAX_PAGE_SIZE) {
            throw new IllegalArgumentException("checkpoint.metadata-limit must be 0 to " + MAX_PAGE_SIZE
                    + " bytes, but was " + this.checkpointMetadataLimit);
        }
        this.replayLimit = builder.replayLimit;
        if (this.replayLimit < MIN_PAGE_SIZE) {
            throw new IllegalArgumentException(
                    "replay-limit must be at least " + MIN_PAGE_SIZE + " bytes, but was " + this.replayLimit);
        }
        this.deviceTimeout = time("device-timeout", builder.deviceTimeout);
        this.onUnreadableCheckpoint = builder.onUnreadableCheckpoint;
    }

    /**
     * Options with every default in place; only the storage must be given.
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    private static int checkPageSize(int pageSize) {
        if (pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE || Integer.bitCount(pageSize) != 1) {
            throw new IllegalArgumentException("page-size must be a power of two from " + MIN_PAGE_SIZE + " to "
                    + MAX_PAGE_SIZE + " bytes, but was " + pageSize);
        }
        return pageSize;
    }

    /** Half of the largest heap, but no more than the JVM gives beside memory-size. */
    private static long defaultIndexMemory(long memorySize) {
        long left = DirectMemory.jvmLimitBytes() - memorySize;
        return Math.max(MIN_DEFAULT_INDEX_MEMORY, Math.min(Runtime.getRuntime().maxMemory() / 2, left));
    }

    private static long positive(String property, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(property + " must be more than 0, but was " + value);
        }
        return value;
    }

    private static Duration time(String property, Duration value) {
        if (value.compareTo(MIN_TIME) < 0 || value.compareTo(MAX_TIME) > 0) {
            throw new IllegalArgumentException(property + " must be from 1 millisecond to 365 days, but was " + value);
        }
        return value;
    }

    /** Where logs and checkpoints lie. */
    public Storage persistentStorage() {
        return this.persistentStorage;
    }

    /** The bytes that log pages take in memory, all logs together. */
    public long memorySize() {
        return this.memorySize;
    }

    /** The bytes of one log page. */
    public int pageSize() {
        return this.pageSize;
    }

    /** The bytes of one segment. */
    public long segmentSize() {
        return this.segmentSize;
    }

    /** The bytes that all hash indexes together may take outside the heap. */
    public long indexMemory() {
        return this.indexMemory;
    }

    /** How many checkpoints can be restored. */
    public int checkpointsToKeep() {
        return this.checkpointsToKeep;
    }

    /** How long the gate is closed at first while a cut waits for the units inside. */
    public Duration checkpointGatePause() {
        return this.checkpointGatePause;
    }

    /** How long the gate is closed in all before the checkpoint fails. */
    public Duration checkpointGateTimeout() {
        return this.checkpointGateTimeout;
    }

    /** How long a checkpoint may take. */
    public Duration checkpointTimeout() {
        return this.checkpointTimeout;
    }

    /** The most bytes of a caller's metadata. */
    public int checkpointMetadataLimit() {
        return this.checkpointMetadataLimit;
    }

    /** How much of the log recovery reads at most, in bytes. */
    public long replayLimit() {
        return this.replayLimit;
    }

    /** How long a device may take to answer. */
    public Duration deviceTimeout() {
        return this.deviceTimeout;
    }

    /** What opening does if the newest checkpoint cannot be read. */
    public OnUnreadableCheckpoint onUnreadableCheckpoint() {
        return this.onUnreadableCheckpoint;
    }

    /** What opening does if the newest checkpoint cannot be read. */
    public enum OnUnreadableCheckpoint {

        /** Throw, and leave every file as it was. */
        FAIL,

        /**
         * Go on from the newest older one that can be read, and say so in the log; throw
         * if there is none.
         */
        USE_PREVIOUS,

        /** Move the old files aside, start empty, and say so in the log. */
        START_EMPTY

    }

    /** Gathers options; not thread-safe. */
    public static final class Builder {

        private static final long UNSET = Long.MIN_VALUE;

        private @Nullable Storage persistentStorage;

        private long memorySize = 64L << 20;

        private int pageSize = 4 << 20;

        private long segmentSize = 64L << 20;

        private long indexMemory = UNSET;

        private int checkpointsToKeep = 3;

        private Duration checkpointGatePause = Duration.ofMillis(100);

        private Duration checkpointGateTimeout = Duration.ofSeconds(30);

        private Duration checkpointTimeout = Duration.ofMinutes(5);

        private int checkpointMetadataLimit = 1 << 20;

        private long replayLimit = 256L << 20;

        private Duration deviceTimeout = Duration.ofMinutes(1);

        private OnUnreadableCheckpoint onUnreadableCheckpoint = OnUnreadableCheckpoint.FAIL;

        private Builder() {
        }

        /**
         * Where logs and checkpoints lie; required.
         * @param storage the storage
         * @return this
         */
        public Builder persistentStorage(Storage storage) {
            this.persistentStorage = Objects.requireNonNull(storage, "storage");
            return this;
        }

        /**
         * The log pages in memory, all logs together; at least four log pages. Default 64
         * MiB.
         * @param bytes the size in bytes
         * @return this
         */
        public Builder memorySize(long bytes) {
            this.memorySize = bytes;
            return this;
        }

        /**
         * The log page, the unit in which the log is flushed and the limit of a key with
         * its value: a power of two from 64 KiB to 1 GiB. Default 4 MiB.
         * @param bytes the size in bytes
         * @return this
         */
        public Builder pageSize(int bytes) {
            this.pageSize = bytes;
            return this;
        }

        /**
         * The unit of deletion on the medium: a multiple of the page size. Default 64
         * MiB.
         * @param bytes the size in bytes
         * @return this
         */
        public Builder segmentSize(long bytes) {
            this.segmentSize = bytes;
            return this;
        }

        /**
         * The memory outside the heap that all hash indexes together may take. Default
         * half of the largest heap.
         * @param bytes the size in bytes
         * @return this
         */
        public Builder indexMemory(long bytes) {
            this.indexMemory = bytes;
            return this;
        }

        /**
         * How many checkpoints are kept. Default 3.
         * @param count at least 1
         * @return this
         */
        public Builder checkpointsToKeep(int count) {
            this.checkpointsToKeep = count;
            return this;
        }

        /**
         * For how long a checkpoint keeps writers out while it waits for the units of
         * work inside, at its first try. Default 100 ms.
         * @param pause the time
         * @return this
         */
        public Builder checkpointGatePause(Duration pause) {
            this.checkpointGatePause = Objects.requireNonNull(pause, "pause");
            return this;
        }

        /**
         * How long a checkpoint waits for units of work in all before it fails. Default
         * 30 s.
         * @param timeout the time
         * @return this
         */
        public Builder checkpointGateTimeout(Duration timeout) {
            this.checkpointGateTimeout = Objects.requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * How long a checkpoint may take to become durable, and how long a call waits for
         * its turn. Default 5 minutes.
         * @param timeout the time
         * @return this
         */
        public Builder checkpointTimeout(Duration timeout) {
            this.checkpointTimeout = Objects.requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * The most bytes of metadata that a checkpoint takes. Default 1 MiB.
         * @param bytes the limit in bytes
         * @return this
         */
        public Builder checkpointMetadataLimit(int bytes) {
            this.checkpointMetadataLimit = bytes;
            return this;
        }

        /**
         * How much of the log recovery reads at most; snapshots of the indexes are taken
         * as often as that needs. Default 256 MiB.
         * @param bytes the limit in bytes, at least 64 KiB
         * @return this
         */
        public Builder replayLimit(long bytes) {
            this.replayLimit = bytes;
            return this;
        }

        /**
         * How long a device may take to answer before those who wait for it are told that
         * it failed. Default 1 minute.
         * @param timeout the time
         * @return this
         */
        public Builder deviceTimeout(Duration timeout) {
            this.deviceTimeout = Objects.requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * What opening does if the newest checkpoint cannot be read. Default
         * {@link OnUnreadableCheckpoint#FAIL}.
         * @param answer the answer
         * @return this
         */
        public Builder onUnreadableCheckpoint(OnUnreadableCheckpoint answer) {
            this.onUnreadableCheckpoint = Objects.requireNonNull(answer, "answer");
            return this;
        }

        /**
         * Checks all options against each other.
         * @return the options
         * @throws IllegalArgumentException naming the property that does not fit
         */
        public StateManagerOptions build() {
            return new StateManagerOptions(this);
        }

    }

}
