package io.flowstate;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

import io.flowstate.compression.Compression;
import io.flowstate.storage.LocalFiles;
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

    /** The smallest {@code state-page-size}, in bytes. */
    public static final int MIN_STATE_PAGE_SIZE = 4 << 10;

    /** The largest {@code state-page-size}, in bytes. */
    public static final int MAX_STATE_PAGE_SIZE = 1 << 20;

    /** The least {@code cache-memory} and {@code temporary-size-limit}, in bytes. */
    public static final int MIN_PAGE_SPACE = 1 << 20;

    private final Storage persistentStorage;

    private final long memorySize;

    private final int pageSize;

    private final long segmentSize;

    private final long indexMemory;

    private final int cachePageCount;

    private final long cacheMemory;

    private final int statePageSize;

    private final Compression compression;

    private final Path temporaryDirectory;

    private final LocalFiles temporaryFiles;

    private final long temporarySizeLimit;

    private final boolean readCache;

    private final int checkpointsToKeep;

    private final Duration checkpointGatePause;

    private final Duration checkpointGateTimeout;

    private final Duration checkpointTimeout;

    private final int checkpointMetadataLimit;

    private final long replayLimit;

    private final Duration deviceTimeout;

    private final OnUnreadableCheckpoint onUnreadableCheckpoint;

    private StateManagerOptions(Builder builder) {
        this.persistentStorage = OptionChecks.given(builder.persistentStorage);
        this.pageSize = OptionChecks.powerOfTwo("page-size", MIN_PAGE_SIZE, MAX_PAGE_SIZE, builder.pageSize);
        this.memorySize = OptionChecks.memorySize(MIN_PAGES, this.pageSize, builder.memorySize);
        this.segmentSize = OptionChecks.segmentSize(this.pageSize, builder.segmentSize);
        this.indexMemory = OptionChecks.positive("index-memory", (builder.indexMemory != Builder.UNSET)
                ? builder.indexMemory : OptionChecks.defaultIndexMemory(this.memorySize));
        this.cachePageCount = (int) OptionChecks.positive("cache-page-count", builder.cachePageCount);
        this.cacheMemory = OptionChecks.atLeast("cache-memory", MIN_PAGE_SPACE, (builder.cacheMemory != Builder.UNSET)
                ? builder.cacheMemory : OptionChecks.defaultCacheMemory(MIN_PAGE_SPACE));
        this.statePageSize = OptionChecks.powerOfTwo("state-page-size", MIN_STATE_PAGE_SIZE, MAX_STATE_PAGE_SIZE,
                builder.statePageSize);
        this.compression = builder.compression;
        this.temporaryDirectory = builder.temporaryDirectory;
        this.temporaryFiles = builder.temporaryFiles;
        this.temporarySizeLimit = OptionChecks.atLeast("temporary-size-limit", MIN_PAGE_SPACE,
                builder.temporarySizeLimit);
        this.readCache = builder.readCache;
        this.checkpointsToKeep = OptionChecks.checkpointsToKeep(MAX_CHECKPOINTS_TO_KEEP, builder.checkpointsToKeep);
        this.checkpointGatePause = OptionChecks.time("checkpoint.gate-pause", builder.checkpointGatePause);
        this.checkpointGateTimeout = OptionChecks.time("checkpoint.gate-timeout", builder.checkpointGateTimeout);
        this.checkpointTimeout = OptionChecks.time("checkpoint.timeout", builder.checkpointTimeout);
        this.checkpointMetadataLimit = OptionChecks.metadataLimit(MAX_PAGE_SIZE, builder.checkpointMetadataLimit);
        this.replayLimit = OptionChecks.atLeast("replay-limit", MIN_PAGE_SIZE, builder.replayLimit);
        this.deviceTimeout = OptionChecks.time("device-timeout", builder.deviceTimeout);
        this.onUnreadableCheckpoint = builder.onUnreadableCheckpoint;
    }

    /**
     * Options with every default in place; only the storage must be given.
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
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

    /** How many state pages are in memory at most. */
    public int cachePageCount() {
        return this.cachePageCount;
    }

    /** The bytes that state pages take in memory at most. */
    public long cacheMemory() {
        return this.cacheMemory;
    }

    /** The bytes of one page of a new state. */
    public int statePageSize() {
        return this.statePageSize;
    }

    /** How state pages are compressed on their way to a disk. */
    public Compression compression() {
        return this.compression;
    }

    /** Where state pages go that do not fit in memory. */
    public Path temporaryDirectory() {
        return this.temporaryDirectory;
    }

    LocalFiles temporaryFiles() {
        return this.temporaryFiles;
    }

    /** The bytes that they take there at most. */
    public long temporarySizeLimit() {
        return this.temporarySizeLimit;
    }

    /** Whether unchanged state pages go there too. */
    public boolean readCache() {
        return this.readCache;
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

        private int cachePageCount = 10_000;

        private long cacheMemory = UNSET;

        private int statePageSize = 32 << 10;

        private Compression compression = Compression.none();

        private Path temporaryDirectory = Path.of(Storage.DEFAULT_TEMPORARY_DIRECTORY);

        private LocalFiles temporaryFiles = LocalFiles.system();

        private long temporarySizeLimit = 16L << 30;

        private boolean readCache;

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
         * The log pages in memory, all logs together, at least four. Default 64 MiB.
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
         * How many state pages are in memory at most. Default 10,000.
         * @param count at least 1
         * @return this
         */
        public Builder cachePageCount(int count) {
            this.cachePageCount = count;
            return this;
        }

        /**
         * The memory that state pages may take. Default 0.4 of the largest heap.
         * @param bytes the size in bytes, at least 1 MiB
         * @return this
         */
        public Builder cacheMemory(long bytes) {
            this.cacheMemory = bytes;
            return this;
        }

        /**
         * The page of a new state; one that exists keeps its own. Default 32 KiB.
         * @param bytes the size in bytes, a power of two from 4 KiB to 1 MiB
         * @return this
         */
        public Builder statePageSize(int bytes) {
            this.statePageSize = bytes;
            return this;
        }

        /**
         * How state pages are compressed on their way to a disk. Default: they are not.
         * @param compression the compression
         * @return this
         */
        public Builder compression(Compression compression) {
            this.compression = Objects.requireNonNull(compression, "compression");
            return this;
        }

        /**
         * Where state pages go that do not fit in memory, until the end of the run.
         * Default {@value Storage#DEFAULT_TEMPORARY_DIRECTORY}.
         * @param directory created if it is missing; others may use it too
         * @return this
         */
        public Builder temporaryDirectory(Path directory) {
            return temporaryDirectory(LocalFiles.system(), directory);
        }

        /**
         * The same, reached in another way, for tests.
         * @param files reaches the files
         * @param directory created if it is missing; others may use it too
         * @return this
         */
        public Builder temporaryDirectory(LocalFiles files, Path directory) {
            this.temporaryFiles = Objects.requireNonNull(files, "files");
            this.temporaryDirectory = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * The most that they take there. Default 16 GiB.
         * @param bytes the limit in bytes, at least 1 MiB
         * @return this
         */
        public Builder temporarySizeLimit(long bytes) {
            this.temporarySizeLimit = bytes;
            return this;
        }

        /**
         * Whether unchanged ones go there too, so that a remote storage is asked less.
         * @param kept whether they do
         * @return this
         */
        public Builder readCache(boolean kept) {
            this.readCache = kept;
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
