package io.flowstate.torture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.RecordingFiles;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory with one store on it, which can be copied, recorded and damaged.
 *
 * @param memory what is on it
 * @param recording the record of what is done to it, null if none is made
 * @param files how a store reaches it
 */
record MemoryDisk(MemoryFiles memory, @Nullable RecordingFiles recording, LocalFiles files) {

    static final String MANIFEST = "/store/checkpoints/manifest";

    private static final List<Compression> CODECS = List.of(Compression.none(), Compression.zstd(), Compression.zlib());

    private static final long[] REPLAY_LIMITS = { 64 << 10, 1 << 20, 64 << 10, 256 << 10 };

    private static final List<String> FREE = List.of("flowstate.lock", "flowstate.owner", "manifest.tmp");

    private static final Path LOG = Path.of("/store/log");

    private static final Path CHECKPOINTS = Path.of("/store/checkpoints");

    private static final Path TEMPORARY = Path.of("/store/temporary");

    static MemoryDisk empty() {
        return of(new MemoryFiles());
    }

    private static MemoryDisk of(MemoryFiles memory) {
        return new MemoryDisk(memory, null, memory);
    }

    MemoryDisk copy() {
        return of(this.memory.copy());
    }

    /**
     * A copy on which everything done is recorded; what is on it counts as durable.
     * @return the copy
     */
    MemoryDisk recorded() {
        MemoryFiles copy = this.memory.copy();
        RecordingFiles recording = new RecordingFiles(copy);
        return new MemoryDisk(copy, recording, recording);
    }

    /**
     * This disk, reached in another way.
     * @param way makes it of the present one
     * @return the same disk
     */
    MemoryDisk through(UnaryOperator<LocalFiles> way) {
        return new MemoryDisk(this.memory, this.recording, way.apply(this.files));
    }

    /**
     * Options for a small memory, so that most is evicted.
     * @param variant which of several sizes
     * @return the options
     */
    StateManagerOptions options(int variant) {
        return options(variant, 3);
    }

    /**
     * Options for a small memory, so that most is evicted, and a small log, so that
     * snapshots are taken and segments cleaned.
     * @param variant which of several sizes
     * @param keep how many checkpoints to keep
     * @return the options
     */
    StateManagerOptions options(int variant, int keep) {
        int pageSize = 64 << 10 << (variant % 2);
        return StateManagerOptions.builder()
            .persistentStorage(storage())
            .pageSize(pageSize)
            .memorySize((4L + variant) * pageSize)
            .segmentSize((long) pageSize << (variant / 2 % 2))
            .indexMemory(2 << 20)
            .replayLimit(REPLAY_LIMITS[variant % REPLAY_LIMITS.length])
            .checkpointsToKeep(keep)
            .cachePageCount(1 + variant * 5 % 23)
            .cacheMemory(1 << 20)
            .statePageSize(4096 << (variant % 3))
            .compression(CODECS.get(variant % CODECS.size()))
            .temporaryDirectory(this.files, TEMPORARY)
            .readCache(variant % 2 == 1)
            .build();
    }

    /**
     * Options for paged states: small pages, few of which the cache takes.
     * @param device opens the log device, {@link #log()} or one around it
     * @param cachedPages how many
     * @return the options
     */
    StateManagerOptions.Builder pagedOptions(LogDeviceFactory device, int cachedPages) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(device, checkpoints()))
            .pageSize(64 << 10)
            .memorySize(8L * (64 << 10))
            .segmentSize(1 << 20)
            .indexMemory(2 << 20)
            .cachePageCount(cachedPages)
            .statePageSize(4096)
            .temporaryDirectory(this.files, TEMPORARY);
    }

    private Storage storage() {
        return Storage.of(log(), checkpoints());
    }

    CheckpointManager checkpoints() {
        return CheckpointManager.local(CHECKPOINTS, this.files);
    }

    LogDeviceFactory log() {
        return LogDeviceFactory.local(LOG, this.files);
    }

    /**
     * Options for a memory in which all fits.
     * @param device opens the log device, {@link #log()} or one around it
     * @return the options
     */
    StateManagerOptions roomyOptions(LogDeviceFactory device) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(device, checkpoints()))
            .pageSize(1 << 20)
            .memorySize(128L << 20)
            .segmentSize(16 << 20)
            .indexMemory(64L << 20)
            .build();
    }

    void mark(Object mark) {
        recorded(this.recording).mark(mark);
    }

    List<Object> marks(int cut) {
        return recorded(this.recording).marksBefore(cut);
    }

    int events() {
        return recorded(this.recording).operations();
    }

    /**
     * What was done just before and after a cut.
     * @param cut how many events came before it
     * @return a description
     */
    List<String> eventsAround(int cut) {
        List<String> events = new ArrayList<>();
        for (int event = Math.max(0, cut - 8); event < Math.min(events(), cut + 4); event++) {
            String text = recorded(this.recording).describe(event);
            events.add("\n" + event + " " + text.substring(0, Math.min(200, text.length())));
        }
        return events;
    }

    /**
     * A disk as a power cut could have left this one.
     * @param cut how many events came before it
     * @param random chooses what survives of what was not forced
     * @return another disk
     */
    MemoryDisk rebuilt(int cut, SplittableRandom random) {
        return of(recorded(this.recording).rebuild(cut, random));
    }

    private static RecordingFiles recorded(@Nullable RecordingFiles recording) {
        if (recording == null) {
            throw new IllegalStateException("nothing is recorded");
        }
        return recording;
    }

    byte[] manifest() {
        return this.memory.content(Path.of(MANIFEST));
    }

    /** All files; what an open store deletes meanwhile may be missing. */
    Map<String, byte[]> contents() {
        Map<String, byte[]> contents = new TreeMap<>();
        for (Path path : this.memory.paths()) {
            try {
                contents.put(path.toString(), this.memory.content(path));
            }
            catch (IllegalArgumentException ex) {
                if (this.memory.paths().contains(path)) {
                    throw ex;
                }
            }
        }
        return contents;
    }

    /**
     * Replaces or deletes a file.
     * @param file its name
     * @param content its content, null to delete it
     */
    void put(String file, byte @Nullable [] content) {
        if (content != null) {
            this.memory.replace(Path.of(file), content);
        }
        else {
            this.memory.deleteAll(Path.of(file));
        }
    }

    /**
     * The files that nobody may damage or change: not those of locks and owners, which
     * may be, nor what is left of a manifest that was never committed, which opening
     * removes.
     * @param contents all files
     * @return those that count
     */
    static Map<String, byte[]> precious(Map<String, byte[]> contents) {
        Map<String, byte[]> precious = new TreeMap<>(contents);
        precious.keySet().removeIf((file) -> FREE.stream().anyMatch(file::endsWith));
        return precious;
    }

    /**
     * Which files differ.
     * @param before the files at one time
     * @param after the files at another
     * @return the names of those that are new, gone, or have another content
     */
    static Set<String> changed(Map<String, byte[]> before, Map<String, byte[]> after) {
        Set<String> changed = new HashSet<>(before.keySet());
        changed.addAll(after.keySet());
        changed.removeIf((file) -> Arrays.equals(before.get(file), after.get(file)));
        return changed;
    }

}
