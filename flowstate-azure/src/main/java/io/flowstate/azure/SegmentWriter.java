package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageUnavailableException;

/**
 * Gathers what is written at the end of one segment in objects of {@code object-size},
 * and hands each over to be uploaded when it is full or when the segment is synced. One
 * thread at a time.
 */
final class SegmentWriter {

    private final LogSegment segment;

    private final long token;

    private final int objectSizeBytes;

    private final ObjectUploads uploads;

    private final List<CompletableFuture<Void>> pending = new ArrayList<>();

    private ObjectBlocks.@Nullable Gathering gathering;

    private long start; // of what is gathered

    private long length;

    private @Nullable RuntimeException failure; // after which nothing more is written

    SegmentWriter(LogSegment segment, long token, int objectSizeBytes, ObjectUploads uploads) {
        this.segment = segment;
        this.token = token;
        this.objectSizeBytes = objectSizeBytes;
        this.uploads = uploads;
    }

    /** How many bytes were written. */
    long length() {
        return this.length;
    }

    void write(ByteBuffer bytes) {
        checkSound();
        while (bytes.hasRemaining()) {
            if (this.gathering == null) {
                this.gathering = new ObjectBlocks.Gathering(this.objectSizeBytes);
                this.start = this.length;
            }
            this.gathering.add(bytes);
            this.length = this.start + this.gathering.length();
            if (this.gathering.isFull()) {
                handOver();
            }
        }
    }

    /** Begins to upload what was written so far. */
    void handOver() {
        ObjectBlocks.Gathering finished = this.gathering;
        if (finished == null) {
            return;
        }
        this.gathering = null;
        try {
            this.pending.add(this.uploads.begin(new ObjectName(this.segment, this.start, finished.length(), this.token),
                    finished.finish()));
        }
        catch (RuntimeException ex) {
            this.failure = ex;
            throw ex;
        }
    }

    /** Waits until all that was written is there. */
    void sync() {
        checkSound();
        handOver();
        RuntimeException first = null;
        for (CompletableFuture<Void> upload : this.pending) {
            try {
                this.uploads.await(upload);
            }
            catch (RuntimeException ex) {
                first = (first != null) ? first : ex;
            }
        }
        this.pending.clear();
        if (first != null) {
            this.failure = first;
            throw first;
        }
    }

    private void checkSound() {
        if (this.failure != null) {
            throw new StorageUnavailableException(
                    "segment " + this.segment.name() + " is not written any more after a failure", this.failure);
        }
    }

}
