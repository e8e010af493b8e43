package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

import io.flowstate.Checkpoint;
import io.flowstate.StateManagerStats;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The meters of a store; the starter's {@code docs/operations.md} lists them. They read
 * what is counted already, all of them the same for a second. While the store is not open
 * they stay what they were, but for {@code flowstate.open}; opened again, the counters
 * begin at 0.
 */
final class StoreMetrics {

    private static final String BYTES = "bytes";

    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    private final Store store;

    private final DiskSpace diskSpace;

    private final Clock clock;

    private final LongSupplier nanoClock;

    private volatile @Nullable Seen seen; // written by any thread, the newest wins

    private volatile @Nullable MeterRegistry registry; // set once, by bindTo

    /** Those that have a meter. */
    private final Set<String> requestKinds = ConcurrentHashMap.newKeySet();

    /** Of the checkpoint that was timed last; guarded by this. */
    private @Nullable Instant timedOpening;

    private long timedVersion; // its version; guarded by this

    StoreMetrics(Store store, DiskSpace diskSpace, Clock clock, LongSupplier nanoClock) {
        this.store = store;
        this.diskSpace = diskSpace;
        this.clock = clock;
        this.nanoClock = nanoClock;
    }

    String store() {
        return this.store.name();
    }

    void bindTo(MeterRegistry registry) {
        this.registry = registry;
        bindStore(registry);
        bindMemory(registry);
        bindStorage(registry);
        bindRecords(registry);
        bindPages(registry);
        bindPageCache(registry);
        bindCleaning(registry);
        bindCheckpoints(registry);
        bindRequests();
    }

    private void bindStore(MeterRegistry registry) {
        Gauge.builder("flowstate.open", this.store, (store) -> store.whileOpen().isPresent() ? 1 : 0)
            .description("Whether the store is open")
            .tags(tags())
            .register(registry);
        gauge(registry, "flowstate.states", "The number of states", null, tags(), StateManagerStats::states);
        TimeGauge
            .builder("flowstate.open.time", this, TimeUnit.NANOSECONDS,
                    (metrics) -> metrics.value((stats) -> stats.openedIn().toNanos()))
            .description("How long opening took, recovery included")
            .tags(tags())
            .register(registry);
        bytes(registry, "flowstate.recovery.replayed", "The bytes of the log that opening read", tags(),
                StateManagerStats::replayedBytes);
        Gauge.builder("flowstate.disk.free", this, (metrics) -> metrics.room(DiskSpace.Room::freeBytes))
            .description("The room that is left on the disk of the store")
            .baseUnit(BYTES)
            .tags(tags())
            .register(registry);
        Gauge.builder("flowstate.disk.total", this, (metrics) -> metrics.room(DiskSpace.Room::totalBytes))
            .description("The size of the disk of the store")
            .baseUnit(BYTES)
            .tags(tags())
            .register(registry);
    }

    private double room(ToDoubleFunction<DiskSpace.Room> value) {
        return this.diskSpace.of(this.store.settings().watchedDirectory()).map(value::applyAsDouble).orElse(Double.NaN);
    }

    private void bindMemory(MeterRegistry registry) {
        Map<String, ToDoubleFunction<StateManagerStats>> used = Map.of("log", (stats) -> stats.memory().logBytes(),
                "index", (stats) -> stats.memory().indexBytes(), "cache", (stats) -> stats.pages().cachedBytes());
        used.forEach(
                (area, value) -> bytes(registry, "flowstate.memory.used", "Memory in use", tags("area", area), value));
        Map<String, ToDoubleFunction<StateManagerStats>> most = Map.of("log", (stats) -> stats.memory().logLimit(),
                "index", (stats) -> stats.memory().indexLimit());
        most.forEach((area, value) -> bytes(registry, "flowstate.memory.max", "The most memory that may be in use",
                tags("area", area), value));
        Map<String, ToDoubleFunction<StateManagerStats>> boundaries = Map.of("begin", (stats) -> stats.log().begin(),
                "head", (stats) -> stats.log().head(), "flushed-until", (stats) -> stats.log().flushedUntil(),
                "read-only", (stats) -> stats.log().readOnly(), "tail", (stats) -> stats.log().tail());
        boundaries.forEach((boundary, value) -> bytes(registry, "flowstate.log.address",
                "The boundaries of the record log", tags("boundary", boundary), value));
    }

    private void bindStorage(MeterRegistry registry) {
        counter(registry, "flowstate.storage.reads", "Reads from the logs", null, tags(),
                (stats) -> stats.device().reads());
        counter(registry, "flowstate.storage.read", "Bytes read from the logs", BYTES, tags(),
                (stats) -> stats.device().bytesRead());
        counter(registry, "flowstate.storage.written", "Bytes written to the logs", BYTES, tags(),
                (stats) -> stats.device().bytesWritten());
        counter(registry, "flowstate.storage.syncs", "Syncs of the logs", null, tags(),
                (stats) -> stats.device().syncs());
        gauge(registry, "flowstate.storage.segments", "Segments that exist", null, tags(),
                (stats) -> stats.device().segments());
        Map<String, ToDoubleFunction<StateManagerStats>> sizes = Map.of("records",
                (stats) -> stats.device().recordBytes(), "snapshots", (stats) -> stats.device().snapshotBytes(),
                "pages", (stats) -> stats.device().pageBytes());
        sizes.forEach((content, value) -> bytes(registry, "flowstate.storage.size", "The bytes of the logs",
                tags("content", content), value));
        Map<String, ToDoubleFunction<StateManagerStats>> live = Map.of("records",
                (stats) -> stats.cleaning().liveBytes(), "pages", (stats) -> stats.pages().logLiveBytes());
        live.forEach((content, value) -> bytes(registry, "flowstate.storage.live",
                "The bytes of the logs that still count", tags("content", content), value));
        gauge(registry, "flowstate.storage.failing", "Whether the log could not be flushed when it was tried last",
                null, tags(), (stats) -> (stats.device().lastError() != null) ? 1 : 0);
    }

    private void bindRecords(MeterRegistry registry) {
        Map<String, ToDoubleFunction<StateManagerStats>> reads = Map.of("memory",
                (stats) -> stats.access().memoryHits(), "device", (stats) -> stats.access().deviceHits(), "none",
                (stats) -> stats.access().misses());
        reads.forEach((tier, value) -> counter(registry, "flowstate.records.reads", "Reads of keys by where they ended",
                null, tags("tier", tier), value));
        Map<String, ToDoubleFunction<StateManagerStats>> changes = Map.of("in-place",
                (stats) -> stats.access().changesInPlace(), "appended", (stats) -> stats.access().recordsAppended());
        changes.forEach((place, value) -> counter(registry, "flowstate.records.changes", "Changes of records", null,
                tags("place", place), value));
    }

    private void bindPages(MeterRegistry registry) {
        Map<String, ToDoubleFunction<StateManagerStats>> reads = Map.of("cache", (stats) -> stats.pages().cacheHits(),
                "file", (stats) -> stats.pages().fileReads(), "log", (stats) -> stats.pages().logReads());
        reads.forEach((tier, value) -> counter(registry, "flowstate.pages.reads", "Reads of state pages by tier", null,
                tags("tier", tier), value));
        gauge(registry, "flowstate.pages.cached", "State pages in the cache", null, tags(),
                (stats) -> stats.pages().cached());
        counter(registry, "flowstate.pages.misses", "Reads of state pages that the cache had not", null, tags(),
                (stats) -> stats.pages().cacheMisses());
        counter(registry, "flowstate.pages.evictions", "State pages that left the cache for want of room", null, tags(),
                (stats) -> stats.pages().evictions());
        bytes(registry, "flowstate.pages.leaving", "Changed pages on their way to the modified-page file", tags(),
                (stats) -> stats.pages().leavingBytes());
        counter(registry, "flowstate.pages.file.writes", "State pages written to the modified-page file", null, tags(),
                (stats) -> stats.pages().fileWrites());
        bytes(registry, "flowstate.pages.file.used", "Bytes in use in the modified-page file", tags(),
                (stats) -> stats.pages().fileUsedBytes());
        bytes(registry, "flowstate.pages.file.size", "Bytes of the modified-page file", tags(),
                (stats) -> stats.pages().fileBytes());
    }

    /**
     * The page cache once more, under the names and tags that Spring Boot gives the
     * caches of an application, so that what watches those shows it as well.
     */
    private void bindPageCache(MeterRegistry registry) {
        Tags cache = Tags.of("cache", store(), "cache.manager", "flowstate", "name", store());
        gauge(registry, "cache.size", "The number of entries in this cache", null, cache,
                (stats) -> stats.pages().cached());
        Map<String, ToDoubleFunction<StateManagerStats>> gets = Map.of("hit", (stats) -> stats.pages().cacheHits(),
                "miss", (stats) -> stats.pages().cacheMisses());
        gets.forEach((result, value) -> counter(registry, "cache.gets", "How often an entry was looked for", null,
                cache.and("result", result), value));
        counter(registry, "cache.evictions", "How many entries were evicted", null, cache,
                (stats) -> stats.pages().evictions());
    }

    private void bindCleaning(MeterRegistry registry) {
        counter(registry, "flowstate.cleaning.cleaned", "Bytes of the record log that were given back", BYTES, tags(),
                (stats) -> stats.cleaning().cleanedBytes());
        Map<String, ToDoubleFunction<StateManagerStats>> copied = Map.of("records",
                (stats) -> stats.cleaning().copiedBytes(), "pages", (stats) -> stats.pages().logCopiedBytes());
        copied.forEach((content, value) -> counter(registry, "flowstate.cleaning.copied",
                "Bytes written once more to keep the logs small", BYTES, tags("content", content), value));
        gauge(registry, "flowstate.cleaning.slows.writers", "Whether writers are slowed, since cleaning is behind",
                null, tags(), (stats) -> stats.cleaning().slowsWriters() ? 1 : 0);
    }

    private void bindCheckpoints(MeterRegistry registry) {
        counter(registry, "flowstate.checkpoint.completed", "Checkpoints completed", null, tags(),
                (stats) -> stats.checkpoints().completed());
        counter(registry, "flowstate.checkpoint.failed", "Checkpoints failed", null, tags(),
                (stats) -> stats.checkpoints().failed());
        gauge(registry, "flowstate.checkpoint.failures", "Checkpoints failed since the newest completed one", null,
                tags(), (stats) -> stats.checkpoints().failedInARow());
        counter(registry, "flowstate.checkpoint.snapshots", "Snapshots of the indexes", null, tags(),
                (stats) -> stats.checkpoints().snapshots());
        TimeGauge.builder("flowstate.checkpoint.age", this, TimeUnit.MILLISECONDS, StoreMetrics::ageMillis)
            .description("The age of the newest checkpoint; of the store if it was opened later")
            .tags(tags())
            .register(registry);
        for (String phase : new String[] { "gate", "flush", "commit" }) {
            phase(registry, phase);
        }
        size(registry);
    }

    private double ageMillis() {
        Instant now = this.clock.instant();
        return value((stats) -> Duration.between(Store.durableAt(stats), now).toMillis());
    }

    private Timer phase(MeterRegistry registry, String phase) {
        return Timer.builder("flowstate.checkpoint.phase")
            .description("How long the steps of checkpoints took: gate (writers kept out), flush, commit")
            .tags(tags("phase", phase))
            .register(registry);
    }

    private DistributionSummary size(MeterRegistry registry) {
        return DistributionSummary.builder("flowstate.checkpoint.size")
            .description("The bytes written for checkpoints")
            .baseUnit(BYTES)
            .tags(tags())
            .register(registry);
    }

    private void bindRequests() {
        MeterRegistry registry = this.registry;
        StateManagerStats stats = newStats();
        if (registry == null || stats == null) {
            return;
        }
        stats.device()
            .requests()
            .keySet()
            .stream()
            .filter(this.requestKinds::add) // a store that opens again has them already
            .forEach((kind) -> counter(registry, "flowstate.storage.requests", "Requests made of a storage service",
                    null, tags("kind", kind), (now) -> now.device().requests().getOrDefault(kind, 0L)));
    }

    /** The store is open: which kinds of requests there are is known. */
    void opened() {
        bindRequests();
    }

    /** A checkpoint of the store is durable. */
    synchronized void completed(Checkpoint checkpoint) {
        MeterRegistry registry = this.registry;
        StateManagerStats stats = newStats();
        if (registry == null || stats == null) {
            return;
        }
        if (stats.openedAt().equals(this.timedOpening) && checkpoint.version() <= this.timedVersion) {
            return; // several callers may share one checkpoint
        }
        this.timedOpening = stats.openedAt();
        this.timedVersion = checkpoint.version();
        size(registry).record((double) checkpoint.sizeBytes());
        stats.checkpoints()
            .recent()
            .stream()
            .filter((phases) -> phases.version() == checkpoint.version())
            .forEach((phases) -> {
                phase(registry, "gate").record(phases.gatePause());
                phase(registry, "flush").record(phases.flush());
                phase(registry, "commit").record(phases.commit());
            });
    }

    private Tags tags(String... more) {
        return Tags.of("store", this.store.name()).and(more);
    }

    private void bytes(MeterRegistry registry, String name, String description, Tags tags,
            ToDoubleFunction<StateManagerStats> value) {
        gauge(registry, name, description, BYTES, tags, value);
    }

    private void gauge(MeterRegistry registry, String name, String description, @Nullable String unit, Tags tags,
            ToDoubleFunction<StateManagerStats> value) {
        Gauge.builder(name, this, (metrics) -> metrics.value(value))
            .description(description)
            .baseUnit(unit)
            .tags(tags)
            .register(registry);
    }

    private void counter(MeterRegistry registry, String name, String description, @Nullable String unit, Tags tags,
            ToDoubleFunction<StateManagerStats> value) {
        FunctionCounter.builder(name, this, (metrics) -> metrics.count(value))
            .description(description)
            .baseUnit(unit)
            .tags(tags)
            .register(registry);
    }

    private double value(ToDoubleFunction<StateManagerStats> value) {
        StateManagerStats stats = stats();
        return (stats != null) ? value.applyAsDouble(stats) : Double.NaN;
    }

    private double count(ToDoubleFunction<StateManagerStats> value) {
        StateManagerStats stats = stats();
        return (stats != null) ? value.applyAsDouble(stats) : 0;
    }

    private @Nullable StateManagerStats stats() {
        Seen seen = this.seen;
        return (seen != null && this.nanoClock.getAsLong() - seen.at() < FRESH_NANOS) ? seen.stats() : newStats();
    }

    private @Nullable StateManagerStats newStats() {
        long now = this.nanoClock.getAsLong();
        this.store.stats().ifPresent((stats) -> this.seen = new Seen(stats, now));
        Seen seen = this.seen;
        return (seen != null) ? seen.stats() : null;
    }

    /**
     * What the store had counted.
     *
     * @param stats what
     * @param at when, in nanoseconds of the clock
     */
    private record Seen(StateManagerStats stats, long at) {
    }

}
