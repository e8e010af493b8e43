package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of the storage "azure", under {@code flowstate.azure}. Credentials are
 * none of them: those belong to the {@code BlobServiceClient} bean.
 *
 * @param container Name of the blob container; required by the storage "azure".
 * @param prefix What the names of all blobs of the state begin with, up to a slash. Two
 * applications in one container need two prefixes.
 * @param createContainer Whether the container is made at start if it is missing.
 * @param client Name of the BlobServiceClient bean, where there are several and none is
 * primary.
 * @param cacheDir Local directory in which blobs that were read or written are kept, to
 * be used again by the next start too. Without one nothing is kept.
 * @param cacheSize The most that the local cache of blobs takes.
 * @param leaseDuration How long the state counts as in use after the last sign of life of
 * its owner, which gives one three times as often.
 * @param takeOverTimeout How long a start waits for the lease of an owner that gives no
 * sign of life to run out. An owner that gives one is named at once.
 * @param tryTimeout How long one try of a request may take.
 * @param maxTries How often a request is tried at most.
 * @param deadline How long a request may take in all, with its tries and the pauses in
 * between. Less than "flowstate.device-timeout".
 * @param uploadParallelism How many blobs are uploaded at once; so many objects are in
 * memory.
 * @param objectSize The most bytes of log in one blob.
 */
public record AzureProperties(@Nullable String container, @DefaultValue("flowstate") String prefix,
        @DefaultValue("false") boolean createContainer, @Nullable String client, @Nullable Path cacheDir,
        @DefaultValue("1GB") DataSize cacheSize, @DefaultValue("15s") Duration leaseDuration,
        @DefaultValue("45s") Duration takeOverTimeout, @DefaultValue("10s") Duration tryTimeout,
        @DefaultValue("5") int maxTries, @DefaultValue("40s") Duration deadline,
        @DefaultValue("4") int uploadParallelism, @DefaultValue("4MB") DataSize objectSize) {

    private static final Pattern CONTAINER = Pattern.compile("(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*");

    /**
     * The container, which has to be set.
     * @return its name
     * @throws InvalidSettingsException if it is missing, or none that a container can
     * have
     */
    String requiredContainer() {
        String name = this.container;
        if (name == null || name.isBlank()) {
            throw new InvalidSettingsException(
                    "azure.container is missing; the storage azure needs the name of a blob container");
        }
        if (!CONTAINER.matcher(name).matches()) {
            // Not shown: it may be a connection string in the wrong place.
            throw new InvalidSettingsException(
                    "azure.container must be the name of a blob container, 3 to 63 lower-case"
                            + " letters, digits and single hyphens between them, but was another text of "
                            + name.length() + " characters");
        }
        return name;
    }

    /**
     * The object size as the builder takes it.
     * @return bytes
     * @throws InvalidSettingsException if there are too many
     */
    int objectSizeBytes() {
        long bytes = this.objectSize.toBytes();
        if (bytes != (int) bytes) {
            throw new InvalidSettingsException(
                    "in azure, object-size must be at most 268435456 bytes (256MB), but was " + bytes);
        }
        return (int) bytes;
    }

}
