package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;

/**
 * A read that is to be done: bytes of the log from a segment into a buffer.
 *
 * @param range the range that the address lies in
 * @param address the log address of the first byte
 * @param target what to fill, from its position to its limit, no further than the end of
 * the range; after a failure never to be used again, since a device that did not answer
 * in time may still write to it
 */
public record SegmentRead(SegmentRange range, long address, ByteBuffer target) {
}
