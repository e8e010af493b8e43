package io.flowstate.azure;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;

import com.azure.storage.blob.BlobContainerClient;
import org.jspecify.annotations.Nullable;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;

/**
 * A store under a prefix of a blob container: log segments as immutable block blobs, and
 * a manifest that is replaced by conditional writes. Nothing is written to the local disk
 * but the cache, if one is set.
 *
 * <p>
 * Works with any client that the SDK can build, whatever its credentials. The retries of
 * the SDK are replaced by those that are set here. Opens nothing by itself, and asks
 * nothing of the service before it is opened.
 */
public final class AzureBlobStorage {

    private final BlobPlace place;

    private final Storage storage;

    private AzureBlobStorage(BlobContainerClient container, AzureSettings settings) {
        SecureRandom random = new SecureRandom();
        BlobRequests requests = new BlobRequests(settings, System::nanoTime, random);
        BlobPlace blobs = new BlobPlace(container, settings.prefix(), requests);
        this.place = blobs;
        PlaceOwner owner = new PlaceOwner(blobs, settings, random);
        this.storage = Storage.of((name) -> openLog(blobs, settings, owner, name),
                new BlobCheckpointManager(blobs, owner));
    }

    private static LogDevice openLog(BlobPlace place, AzureSettings settings, PlaceOwner owner, String name) {
        PlaceOwner.Hold hold = owner.join(PlaceOwner.Part.LOG, name);
        boolean opened = false;
        try {
            Path directory = settings.cacheDirectory();
            ObjectCache cache = (directory != null)
                    ? ObjectCache.open(directory, settings.cacheSizeBytes(), place.describe()) : null;
            LogDevice device = BlobLogDevice.open(place, settings, hold, cache, () -> owner.leave(PlaceOwner.Part.LOG));
            opened = true;
            return device;
        }
        finally {
            if (!opened) {
                owner.leave(PlaceOwner.Part.LOG);
            }
        }
    }

    /**
     * A store in a container, with the default settings.
     * @param container an existing container
     * @param prefix what all names of the store begin with, up to a {@code /}
     * @return the storage
     */
    public static Storage in(BlobContainerClient container, String prefix) {
        return builder().container(container).prefix(prefix).build().storage();
    }

    /**
     * A store with settings.
     * @return a builder; a container has to be named
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The storage, to be given to a state manager.
     * @return log devices and checkpoint manager
     */
    public Storage storage() {
        return this.storage;
    }

    /**
     * Opens the log.
     * @return the same as that of {@link #storage()}
     */
    public LogDeviceFactory logDeviceFactory() {
        return this.storage.logDeviceFactory();
    }

    /**
     * Keeps the checkpoints.
     * @return the same as that of {@link #storage()}
     */
    public CheckpointManager checkpointManager() {
        return this.storage.checkpointManager();
    }

    /**
     * The requests sent to the service through this storage, by kind, each try counted:
     * {@code object-writes}, {@code metadata-writes}, {@code manifest-writes},
     * {@code reads}, {@code lists}, {@code deletes}, {@code lease}, {@code container}.
     * @return the numbers so far; all kinds, in this order
     */
    public Map<String, Long> requests() {
        return this.place.requests().counts().snapshot();
    }

    /**
     * Names the place, without secrets.
     * @return the URL of the prefix
     */
    @Override
    public String toString() {
        return this.place.toString();
    }

    /**
     * The settings of a store in a container. Not thread-safe.
     */
    public static final class Builder {

        private @Nullable BlobContainerClient container;

        private String prefix = "flowstate";

        private boolean createContainer;

        private @Nullable Path cacheDirectory;

        private long cacheSize = 1L << 30;

        private Duration leaseDuration = Duration.ofSeconds(15);

        private Duration takeOverTimeout = Duration.ofSeconds(45);

        private Duration tryTimeout = Duration.ofSeconds(10);

        private int maxTries = 5;

        private Duration deadline = Duration.ofSeconds(40);

        private int uploadParallelism = 4;

        private int objectSize = 4 << 20;

        private Duration leftoverGrace = Duration.ofMinutes(10);

        private Builder() {
        }

        /**
         * The container, through a client with credentials of any kind.
         * @param container its client
         * @return this builder
         */
        public Builder container(BlobContainerClient container) {
            this.container = container;
            return this;
        }

        /**
         * The container, through a connection string. It is used once, and not kept.
         * @param connectionString that of the storage account
         * @param container the name of the container
         * @return this builder
         * @throws IllegalArgumentException if the string is none; does not quote it
         */
        public Builder connectionString(String connectionString, String container) {
            return container(ConnectionStrings.client(connectionString, container));
        }

        /**
         * What all names of the store begin with. Default {@code flowstate}.
         * @param prefix letters, digits, {@code -}, {@code _}, {@code .}, in parts
         * separated by {@code /}
         * @return this builder
         */
        public Builder prefix(String prefix) {
            this.prefix = prefix;
            return this;
        }

        /**
         * Whether the container is made at opening if it is missing. Default false.
         * @param createContainer true to make it
         * @return this builder
         */
        public Builder createContainer(boolean createContainer) {
            this.createContainer = createContainer;
            return this;
        }

        /**
         * Where what was fetched or written is kept locally, verified at each read, to be
         * used again by the next run as well. Default: nowhere.
         * @param directory created if it is missing
         * @return this builder
         */
        public Builder cacheDirectory(Path directory) {
            this.cacheDirectory = directory;
            return this;
        }

        /**
         * The most that the cache takes there. Default 1 GiB.
         * @param bytes at least a mebibyte
         * @return this builder
         */
        public Builder cacheSize(long bytes) {
            this.cacheSize = bytes;
            return this;
        }

        /**
         * How long the lease holds without being renewed, which is done three times as
         * often: the time until another may take over from a writer that has died.
         * Default 15 seconds.
         * @param duration positive
         * @return this builder
         */
        public Builder leaseDuration(Duration duration) {
            this.leaseDuration = duration;
            return this;
        }

        /**
         * How long an opening waits for the lease of a writer that gives no sign of life
         * to end. One that does give a sign is named at once. Default 45 seconds, which
         * is less than {@code device-timeout}.
         * @param timeout zero not to wait at all
         * @return this builder
         */
        public Builder takeOverTimeout(Duration timeout) {
            this.takeOverTimeout = timeout;
            return this;
        }

        /**
         * How long one try of a request may take. Default 10 seconds.
         * @param timeout positive
         * @return this builder
         */
        public Builder tryTimeout(Duration timeout) {
            this.tryTimeout = timeout;
            return this;
        }

        /**
         * How often a request is tried at most. Default 5.
         * @param tries at least 1
         * @return this builder
         */
        public Builder maxTries(int tries) {
            this.maxTries = tries;
            return this;
        }

        /**
         * How long a request may take in all, pauses included. Default 40 seconds, which
         * is less than {@code device-timeout}.
         * @param deadline positive
         * @return this builder
         */
        public Builder deadline(Duration deadline) {
            this.deadline = deadline;
            return this;
        }

        /**
         * How many objects are uploaded at once. Together with those that are being
         * gathered, one for each of three logs, they are kept in memory. Default 4.
         * @param parallelism 1 to 64
         * @return this builder
         */
        public Builder uploadParallelism(int parallelism) {
            this.uploadParallelism = parallelism;
            return this;
        }

        /**
         * The most bytes of log in one object. Default 4 MiB.
         * @param bytes 64 KiB to 256 MiB
         * @return this builder
         */
        public Builder objectSize(int bytes) {
            this.objectSize = bytes;
            return this;
        }

        /**
         * How old what crashed or overtaken writers left must be before it is deleted.
         * Default 10 minutes.
         * @param grace zero to delete it at once
         * @return this builder
         */
        public Builder leftoverGrace(Duration grace) {
            this.leftoverGrace = grace;
            return this;
        }

        /**
         * Builds the storage.
         * @return it, not open yet
         * @throws IllegalArgumentException if a setting is out of its range
         * @throws IllegalStateException if there is no container
         */
        public AzureBlobStorage build() {
            BlobContainerClient client = this.container;
            if (client == null) {
                throw new IllegalStateException("a container is missing: give a client or a connection string");
            }
            return new AzureBlobStorage(client,
                    new AzureSettings(this.prefix, this.createContainer, this.cacheDirectory, this.cacheSize,
                            this.leaseDuration, this.takeOverTimeout, this.tryTimeout, this.maxTries, this.deadline,
                            this.uploadParallelism, this.objectSize, this.leftoverGrace));
        }

    }

}
