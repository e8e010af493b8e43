package io.flowstate.internal.checkpoint;

import java.util.List;
import java.util.Set;

import io.flowstate.internal.hybridlog.SegmentRange;

/**
 * What a checkpoint says of the page log.
 *
 * @param segments the segments that it needs, ascending, perhaps with gaps
 * @param lastBlock where the newest block of the page tables lies, 0 if there is none
 * @param codecs the ids of the codecs that pages may be compressed with
 */
public record PageLog(List<SegmentRange> segments, long lastBlock, Set<String> codecs) {

    /** Of a store without pages. */
    public static final PageLog EMPTY = new PageLog(List.of(), 0, Set.of());

}
