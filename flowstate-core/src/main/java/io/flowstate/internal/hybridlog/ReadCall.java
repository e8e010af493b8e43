package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import io.flowstate.storage.LogSegment;
import org.jspecify.annotations.Nullable;

/**
 * One call of the device, made by a reader of {@code DeviceReads} for a thread that waits
 * for it: some reads, or the question for a length. As a condition it says whether it was
 * answered.
 */
final class ReadCall implements BooleanSupplier {

    final LogSegment segment;

    final long position;

    final @Nullable ByteBuffer target; // null: the length is asked for

    final List<SegmentRead> others; // to be read after it

    final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

    long submittedAt; // by who asks, before it is queued

    volatile long startedAt; // by the reader, before RUNNING and each read

    long length; // by the reader, before ANSWERED

    @Nullable Throwable failure; // by the reader, before ANSWERED

    volatile @Nullable Thread waiter; // by who asks

    ReadCall(LogSegment segment, long position, @Nullable ByteBuffer target) {
        this.segment = segment;
        this.position = position;
        this.target = target;
        this.others = List.of();
    }

    ReadCall(List<SegmentRead> reads) {
        SegmentRead first = reads.get(0);
        this.segment = first.range().segment();
        this.position = first.range().position(first.address());
        this.target = first.target();
        this.others = reads.subList(1, reads.size());
    }

    @Override
    public boolean getAsBoolean() {
        return this.state.get() == State.ANSWERED;
    }

    /**
     * The life of a call.
     *
     * <pre>
     *   WAITING ---> RUNNING ---> ANSWERED
     *      |            |
     *      +------------+-------> GIVEN_UP      by who asked; the buffer is never used again
     * </pre>
     */
    enum State {

        WAITING, RUNNING, ANSWERED, GIVEN_UP

    }

}
