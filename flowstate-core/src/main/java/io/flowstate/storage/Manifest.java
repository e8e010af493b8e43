package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * The list of checkpoints that exist, and the numbers that only rise.
 *
 * @param storeId made once for each new store; stands in every file of it
 * @param run the newest run, at least 1
 * @param highestVersion the highest checkpoint version ever used, 0 at first
 * @param checkpoints the kept checkpoints, versions ascending
 */
public record Manifest(UUID storeId, long run, long highestVersion, List<CommittedCheckpoint> checkpoints) {

    public Manifest {
        checkpoints = List.copyOf(checkpoints);
        if (run < 1 || highestVersion < 0) {
            throw new IllegalArgumentException("no manifest has run " + run + " and highest version " + highestVersion);
        }
        long previous = 0;
        for (CommittedCheckpoint checkpoint : checkpoints) {
            if (checkpoint.version() <= previous || checkpoint.version() > highestVersion) {
                throw new IllegalArgumentException("versions ascend from " + previous + " to " + highestVersion
                        + ", but the next was " + checkpoint.version());
            }
            previous = checkpoint.version();
        }
    }

    /** Refuses a manifest of an earlier run than the one that it would replace. */
    static void checkNotOvertaken(Manifest manifest, long runInPlace, String resource) {
        if (manifest.run() < runInPlace) {
            throw new FencedException("run " + manifest.run() + " cannot replace " + resource + ", which run "
                    + runInPlace + " has replaced meanwhile; nothing more is written");
        }
    }

    /**
     * The bytes of this manifest, checksum included.
     * @return a buffer ready to be read
     */
    public ByteBuffer encode() {
        return ManifestFormat.encode(this);
    }

    /**
     * Reads the bytes of a manifest.
     * @param bytes all of them, from the buffer's position to its limit; not moved
     * @param resource where they come from, for messages
     * @return the manifest
     * @throws CorruptStateException if they are damaged
     * @throws IncompatibleFormatException if they are of another format version
     */
    public static Manifest decode(ByteBuffer bytes, String resource) {
        return ManifestFormat.decode(bytes, resource);
    }

}
