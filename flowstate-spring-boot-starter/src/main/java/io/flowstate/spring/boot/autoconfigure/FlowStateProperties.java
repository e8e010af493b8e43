package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

import io.flowstate.StateManagerOptions;
import io.flowstate.StateManagerOptions.OnUnreadableCheckpoint;
import io.flowstate.compression.Compression;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of the application's state, under {@code flowstate}.
 *
 * @param enabled Whether the state is opened at all; if not, there is no bean of
 * FlowState.
 * @param storage Where the state lies: in local directories, in Azure Blob Storage, or in
 * temporary files that no later run finds, for tests and development.
 * @param logDir Directory of the logs; used by the storage "local".
 * @param checkpointDir Directory of the checkpoints; used by the storage "local".
 * @param azure where in Azure Blob Storage the state lies, and how requests are made
 * @param temporaryDir Directory of the state pages that do not fit in memory, until the
 * end of the run; also of the files of the storage "temporary". Other applications may
 * use it too.
 * @param temporarySizeLimit The most that state pages take in the temporary directory.
 * @param memorySize Memory for log pages, all logs together, outside the heap. At least
 * four log pages.
 * @param pageSize Size of a log page, the unit in which the log is flushed and the limit
 * of a key with its value. A power of two from 64KB to 1GB.
 * @param segmentSize Unit of deletion on the medium. A multiple of the page size.
 * @param indexMemory Memory that all hash indexes together may take, outside the heap.
 * @param cachePageCount How many state pages are in memory at most.
 * @param cacheMemory Memory that state pages may take in the heap.
 * @param statePageSize Size of a page of a new state; one that exists keeps its own. A
 * power of two from 4KB to 1MB.
 * @param compression How state pages are compressed on their way to a disk: none, zlib,
 * zstd (with com.github.luben:zstd-jni on the class path), or the id of a Compression
 * bean.
 * @param readCache Whether unchanged state pages that leave memory stay in the temporary
 * directory, so that a remote storage is asked less.
 * @param replayLimit How much of the log a start reads at most. Snapshots of the indexes
 * are taken as often as that needs.
 * @param deviceTimeout How long the storage may take to answer before those who wait for
 * it are told that it failed.
 * @param onUnreadableCheckpoint What happens at start if the newest checkpoint cannot be
 * read: fail and leave every file as it was, go on from the newest older one that can be
 * read, or start empty with the old files moved aside.
 * @param recovery Whether the start of the application waits until the state is
 * recovered: blocking, or in the background, where readiness is out of service meanwhile
 * and calls wait.
 * @param checkpoint when checkpoints are taken, and their limits
 * @param health when health is down
 * @param stores Further stores by name, each with the settings of this one and
 * directories called after it. Their StateManager is injected with the name as its
 * qualifier.
 */
@ConfigurationProperties("flowstate")
public record FlowStateProperties(@DefaultValue("true") boolean enabled, @DefaultValue("local") StorageType storage,
        @DefaultValue("./data/flowstate/log") Path logDir,
        @DefaultValue("./data/flowstate/checkpoints") Path checkpointDir,
        @DefaultValue @NestedConfigurationProperty AzureProperties azure,
        @DefaultValue(Storage.DEFAULT_TEMPORARY_DIRECTORY) Path temporaryDir,
        @DefaultValue("16GB") DataSize temporarySizeLimit, @DefaultValue("64MB") DataSize memorySize,
        @DefaultValue("4MB") DataSize pageSize, @DefaultValue("64MB") DataSize segmentSize,
        @Nullable DataSize indexMemory, @DefaultValue("10000") int cachePageCount, @Nullable DataSize cacheMemory,
        @DefaultValue("32KB") DataSize statePageSize, @DefaultValue("none") String compression,
        @DefaultValue("false") boolean readCache, @DefaultValue("256MB") DataSize replayLimit,
        @DefaultValue("1m") Duration deviceTimeout, @DefaultValue("fail") OnUnreadableCheckpoint onUnreadableCheckpoint,
        @DefaultValue("blocking") RecoveryMode recovery, @DefaultValue Checkpoint checkpoint,
        @DefaultValue Health health, @DefaultValue Map<String, FlowStateProperties> stores) {

    /**
     * The options that these settings describe.
     * @param storage where the state lies
     * @param compression the compression that {@link #compression} names
     * @param customizing changes them last
     * @return the options
     * @throws InvalidSettingsException naming the property that does not fit
     */
    StateManagerOptions toOptions(Storage storage, Compression compression,
            Consumer<StateManagerOptions.Builder> customizing) {
        try {
            StateManagerOptions.Builder builder = StateManagerOptions.builder()
                .persistentStorage(storage)
                .memorySize(this.memorySize.toBytes())
                .pageSize(toInt("page-size", this.pageSize, StateManagerOptions.MAX_PAGE_SIZE))
                .segmentSize(this.segmentSize.toBytes())
                .cachePageCount(this.cachePageCount)
                .statePageSize(toInt("state-page-size", this.statePageSize, StateManagerOptions.MAX_STATE_PAGE_SIZE))
                .compression(compression)
                .temporaryDirectory(this.temporaryDir)
                .temporarySizeLimit(this.temporarySizeLimit.toBytes())
                .readCache(this.readCache)
                .checkpointsToKeep(this.checkpoint.keep())
                .checkpointGatePause(this.checkpoint.gatePause())
                .checkpointGateTimeout(this.checkpoint.gateTimeout())
                .checkpointTimeout(this.checkpoint.timeout())
                .checkpointMetadataLimit(toInt("checkpoint.metadata-limit", this.checkpoint.metadataLimit(),
                        StateManagerOptions.MAX_PAGE_SIZE))
                .replayLimit(this.replayLimit.toBytes())
                .deviceTimeout(this.deviceTimeout)
                .onUnreadableCheckpoint(this.onUnreadableCheckpoint);
            if (this.indexMemory != null) {
                builder.indexMemory(this.indexMemory.toBytes());
            }
            if (this.cacheMemory != null) {
                builder.cacheMemory(this.cacheMemory.toBytes());
            }
            customizing.accept(builder);
            return builder.build();
        }
        catch (IllegalArgumentException ex) {
            throw new InvalidSettingsException(ex.getMessage(), ex);
        }
    }

    /**
     * Checks that the directories of the storage "local" differ.
     * @throws InvalidSettingsException if they are the same
     */
    void checkDirectories() {
        if (absolute(this.logDir).equals(absolute(this.checkpointDir))) {
            throw new InvalidSettingsException(
                    "log-dir and checkpoint-dir must be different directories, but both were " + this.checkpointDir);
        }
    }

    /** The directory whose disk is worth watching. */
    Path watchedDirectory() {
        return (this.storage == StorageType.LOCAL) ? this.logDir : this.temporaryDir;
    }

    /**
     * How old a checkpoint may become: three intervals at least, since a checkpoint takes
     * its time; 0 if nobody has promised any.
     */
    Duration checkpointAgeLimit() {
        Duration interval = this.checkpoint.interval();
        Duration limit = this.health.checkpointAge();
        if (interval.isZero() || limit.isZero()) {
            return Duration.ZERO;
        }
        Duration least = interval.multipliedBy(3);
        return (limit.compareTo(least) > 0) ? limit : least;
    }

    private static Path absolute(Path directory) {
        return directory.toAbsolutePath().normalize();
    }

    private static int toInt(String property, DataSize size, int most) {
        long bytes = size.toBytes();
        if (bytes != (int) bytes) {
            throw new IllegalArgumentException(property + " must be at most " + most + " bytes, but was " + bytes);
        }
        return (int) bytes;
    }

    /**
     * When health is down.
     *
     * @param failures How many checkpoints fail in a row before health is down.
     * @param checkpointAge How old the newest checkpoint becomes before health is down;
     * three intervals at least. 0, or an interval of 0: its age does not count.
     */
    public record Health(@DefaultValue("3") int failures, @DefaultValue("10m") Duration checkpointAge) {
    }

    /** Who waits for recovery. */
    public enum RecoveryMode {

        /** The start of the application: what is injected is open. */
        BLOCKING,

        /** Whoever calls the state; the application is not ready meanwhile. */
        BACKGROUND

    }

    /** Where the state lies. */
    public enum StorageType {

        /** In directories of a local disk. */
        LOCAL,

        /** In a container of Azure Blob Storage. */
        AZURE,

        /** In temporary files that no later run finds; for tests and development. */
        TEMPORARY

    }

    /**
     * When checkpoints are taken, and their limits.
     *
     * @param interval Time from the end of a checkpoint to the begin of the next; 0 takes
     * them only when the application asks for one.
     * @param keep How many checkpoints are kept.
     * @param onShutdown Whether a checkpoint is taken at shutdown, after the web server
     * has drained.
     * @param shutdownTimeout How long shutdown waits for checkpoints under way and for
     * the last one, and then for the state to be closed. After that it goes on with a
     * warning. A restart goes on from the checkpoint that was being written if it became
     * durable, else from the last good one.
     * @param gatePause For how long a checkpoint keeps writers out while it waits for
     * units of work to end, at its first try.
     * @param gateTimeout How long a checkpoint waits for units of work in all before it
     * fails.
     * @param timeout How long a checkpoint may take to become durable, how long a call
     * waits for its turn, and how long closing the state waits for one that is being
     * written.
     * @param metadataLimit The most bytes of metadata that a checkpoint takes.
     */
    public record Checkpoint(@DefaultValue("10s") Duration interval, @DefaultValue("3") int keep,
            @DefaultValue("true") boolean onShutdown, @DefaultValue("20s") Duration shutdownTimeout,
            @DefaultValue("100ms") Duration gatePause, @DefaultValue("30s") Duration gateTimeout,
            @DefaultValue("5m") Duration timeout, @DefaultValue("1MB") DataSize metadataLimit) {
    }

}
