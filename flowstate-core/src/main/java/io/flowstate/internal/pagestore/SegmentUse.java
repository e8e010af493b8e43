package io.flowstate.internal.pagestore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagetable.ImageAddress;

/**
 * How many bytes of each segment of the page log are still needed. One thread at a time.
 */
final class SegmentUse {

    /** A segment is small if it is no longer than this part of one. */
    private static final int SMALL_PART = 16;

    /** So many small ones are merged even if nothing in the log is dead. */
    private static final int MANY = 16;

    private final TreeMap<Long, Long> live = new TreeMap<>(); // by start address

    SegmentUse() {
    }

    private SegmentUse(SegmentUse other) {
        this.live.putAll(other.live);
    }

    SegmentUse copy() {
        return new SegmentUse(this);
    }

    /**
     * Takes note of all segments: those that it does not know are not needed yet, and
     * those that are gone need not be remembered.
     */
    void know(List<SegmentRange> ranges) {
        this.live.keySet().retainAll(ranges.stream().map(SegmentRange::startAddress).collect(Collectors.toSet()));
        ranges.forEach((range) -> this.live.putIfAbsent(range.startAddress(), 0L));
    }

    /** Counts bytes as needed; they lie in a segment that it knows. */
    void add(long word) {
        change(word, ImageAddress.length(word));
    }

    /** Counts bytes as needed no longer. */
    void remove(long word) {
        change(word, -ImageAddress.length(word));
    }

    private void change(long word, int bytes) {
        if (word != ImageAddress.NONE) {
            Long segment = this.live.floorKey(ImageAddress.address(word));
            this.live.merge(segment, (long) bytes, Long::sum);
        }
    }

    long liveBytes(SegmentRange range) {
        return this.live.getOrDefault(range.startAddress(), 0L);
    }

    /** All bytes that are needed. */
    long liveBytes() {
        return this.live.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Those of some segments of which anything is needed. */
    List<SegmentRange> needed(List<SegmentRange> ranges) {
        return ranges.stream().filter((range) -> liveBytes(range) > 0).toList();
    }

    /**
     * Chooses segments to be emptied, the deadest first, until the rest is no longer than
     * wanted. Where some are chosen, or many are small, small ones come along, so that
     * they become one: each run leaves one, and each is an object or a file, and a line
     * in every checkpoint. The last one, which may still grow, is never among them.
     * @param ranges all segments
     * @param factor how long the log may be, in times of what is needed
     * @param slack and so many bytes more
     * @param segmentSizeBytes how long a segment can be
     */
    List<SegmentRange> victims(List<SegmentRange> ranges, double factor, long slack, long segmentSizeBytes) {
        List<SegmentRange> candidates = new ArrayList<>(needed(ranges));
        long size = candidates.stream().mapToLong(SegmentUse::bytes).sum();
        long wanted = (long) (factor * liveBytes()) + slack;
        if (!ranges.isEmpty()) {
            candidates.remove(ranges.get(ranges.size() - 1));
        }
        candidates.sort(Comparator.comparingDouble((range) -> (double) liveBytes(range) / bytes(range)));
        List<SegmentRange> victims = new ArrayList<>();
        for (SegmentRange candidate : candidates) {
            if (size <= wanted || liveBytes(candidate) == bytes(candidate)) {
                break;
            }
            victims.add(candidate);
            size -= bytes(candidate) - liveBytes(candidate);
        }
        candidates.removeAll(victims);
        candidates.removeIf((range) -> bytes(range) > segmentSizeBytes / SMALL_PART);
        if (!victims.isEmpty() || candidates.size() >= MANY) {
            // together no longer than two segments
            victims.addAll(candidates.subList(0, Math.min(candidates.size(), 2 * SMALL_PART)));
        }
        return victims;
    }

    private static long bytes(SegmentRange range) {
        return range.endAddress() - range.startAddress();
    }

}
