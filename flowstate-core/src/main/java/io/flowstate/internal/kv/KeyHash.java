package io.flowstate.internal.kv;

/**
 * Gives the hash of a key's bytes, of which the index uses the upper 48 bits. Equal bytes
 * have equal hashes within a run; hashes are never stored.
 */
@FunctionalInterface
public interface KeyHash {

    /**
     * The hash of a key.
     * @param key holds the bytes, from 0 on
     * @param length how many
     * @return the hash
     */
    long of(byte[] key, int length);

}
