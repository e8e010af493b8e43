package io.flowstate.storage;

/**
 * What the manifest says of a metadata object.
 *
 * @param name its name, as in {@link CheckpointManager#write}
 * @param length its length in bytes, at least 1
 * @param checksum its CRC32C
 */
public record MetadataObject(String name, int length, int checksum) {

    public MetadataObject {
        MetadataName.check(name);
        if (length < 1) {
            throw new IllegalArgumentException("no metadata object has " + length + " bytes");
        }
    }

}
