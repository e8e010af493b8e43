package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Where log bytes lie: an open place that holds {@linkplain LogSegment segments}. Bytes
 * are written once, in ascending order within a segment, and count only after a
 * successful {@link #sync}.
 *
 * <p>
 * Threads: any number may read at once; creating, writing and syncing is done by one
 * thread at a time for each log; deleting by any thread. No call is made by a thread that
 * a user could interrupt, except {@link #read}, which does not react to an interrupt.
 *
 * <p>
 * A call that does not return within {@code device-timeout} is given up by who waits for
 * it, and may still take effect. No other is made beside it of those that list, note,
 * open or close; a deletion, a read or a write that hangs may outlive even
 * {@link #close}.
 *
 * <p>
 * Errors: {@link StorageFullException} and {@link StorageUnavailableException} for what
 * may pass, {@link CorruptStateException} for a segment that is missing or too short.
 * After a failed write or sync the caller never writes to that segment again.
 */
public interface LogDevice extends AutoCloseable {

    /**
     * The segments that exist, in no particular order. What is no segment of ours is left
     * out and left alone.
     * @return a snapshot
     */
    Collection<LogSegment> segments();

    /**
     * Makes a new, empty segment. Its existence is durable after the first {@link #sync}
     * of it.
     * @param segment one that does not exist
     */
    void create(LogSegment segment);

    /**
     * Writes at the end of a segment. Done when it returns, durable only after
     * {@link #sync}.
     * @param segment one that this device created since it was opened
     * @param position the number of bytes written to it before
     * @param bytes what to write, all that remains in the buffer; not kept
     */
    void write(LogSegment segment, long position, ByteBuffer bytes);

    /**
     * Makes everything written to the segment, and its existence, durable.
     * @param segment one that this device created since it was opened
     */
    void sync(LogSegment segment);

    /**
     * Reads until the buffer is full.
     * @param segment an existing one
     * @param position where to begin
     * @param target what to fill, from its position to its limit
     */
    void read(LogSegment segment, long position, ByteBuffer target);

    /**
     * Whether a read may fail to return at all, as one over a network may. Then it is
     * made by a thread of its own, and who waits for it gives up after
     * {@code device-timeout}. If not, reads are made by the threads that need them once
     * the store is open, which is quicker, above all on a busy machine.
     * @return true unless an implementation knows better
     */
    default boolean mayHang() {
        return true;
    }

    /**
     * The number of bytes in a segment.
     * @param segment an existing one
     * @return its length
     */
    long length(LogSegment segment);

    /**
     * Deletes a segment; one that does not exist is passed over.
     * @param segment the segment
     */
    void delete(LogSegment segment);

    /**
     * The resource behind a segment, for messages: a path or a URL, without secrets.
     * @param segment any segment
     * @return a description
     */
    String describe(LogSegment segment);

    /**
     * What {@link #committed(CommittedVersion)} noted last; a manifest older than it, or
     * of another store, is damage.
     * @return the store and its version; empty if none was ever noted, and always for
     * media that keep no such note
     */
    default Optional<CommittedVersion> committed() {
        return Optional.empty();
    }

    /**
     * Whether this device keeps the note of {@link #committed(CommittedVersion)} at all.
     * @return false for media that keep none
     */
    default boolean notesCommitted() {
        return false;
    }

    /**
     * The resource behind the note, for messages: a path or a URL, without secrets.
     * @return a description
     */
    default String describeCommitted() {
        return "the note of the last committed version";
    }

    /**
     * Notes durably that a version has been committed.
     * @param note of the store noted before and not below its version, or version 0 for a
     * new store; noting the same again makes sure that it is durable
     */
    default void committed(CommittedVersion note) {
    }

    /**
     * The requests made of a service behind this device, by kind, for media whose users
     * pay for them; those of the checkpoint manager of the same storage are counted in.
     * @return the numbers so far, all kinds in a stable order; empty for other media
     */
    default Map<String, Long> requests() {
        return Map.of();
    }

    /**
     * Gives the place free for another writer. Waits for nothing; may be called again.
     */
    @Override
    void close();

}
