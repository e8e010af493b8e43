package io.flowstate.azure;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** Counts requests by kind, each try for itself. Thread-safe. */
final class RequestCounts {

    /** Of all kinds, never changed. */
    private final Map<RequestKind, AtomicLong> counts = new EnumMap<>(RequestKind.class);

    RequestCounts() {
        for (RequestKind kind : RequestKind.values()) {
            this.counts.put(kind, new AtomicLong());
        }
    }

    void add(RequestKind kind) {
        count(kind).incrementAndGet();
    }

    /** The numbers so far by label, all kinds. */
    Map<String, Long> snapshot() {
        Map<String, Long> snapshot = new LinkedHashMap<>();
        this.counts.forEach((kind, count) -> snapshot.put(kind.label(), count.get()));
        return Collections.unmodifiableMap(snapshot);
    }

    private AtomicLong count(RequestKind kind) {
        return Objects.requireNonNull(this.counts.get(kind));
    }

}
