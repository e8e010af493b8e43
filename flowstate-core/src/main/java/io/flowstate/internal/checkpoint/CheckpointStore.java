package io.flowstate.internal.checkpoint;

import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.CommittedVersion;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.MetadataObject;
import io.flowstate.storage.StateException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committed checkpoints of an open store: which there are, what they say, and how one
 * more is committed. Order is everything: the metadata are durable before the manifest
 * names them, and nothing is deleted before a manifest that does not need it is durable.
 *
 * <p>
 * One thread at a time: the one that opens the store, later the checkpoint thread, or the
 * one that deletes for it ({@link Deletions}), which it waits for before it commits.
 * {@link #kept} and {@link #read} may be called by any.
 */
public final class CheckpointStore {

    private static final Logger logger = LoggerFactory.getLogger(CheckpointStore.class);

    private final CheckpointManager manager;

    private final LogDevice device;

    private final Clock clock;

    private volatile Manifest manifest; // the newest one that is known to be durable

    private long highestVersion; // ever given out

    private long highestRun; // of any manifest that may be in place

    /** By kept version, as far as readable. */
    private final Map<Long, Set<LogSegment>> needed = new LinkedHashMap<>();

    /** Of dropped checkpoints, until they are taken. */
    private final Set<LogSegment> released = new HashSet<>();

    /** Metadata, if no kept checkpoint needs it. */
    private final Set<String> deletable = new HashSet<>();

    /** Of the newest checkpoint that can be read. */
    private MetadataChain chain = MetadataChain.EMPTY;

    private CheckpointStore(CheckpointManager manager, LogDevice device, Clock clock, Manifest manifest) {
        this.manager = manager;
        this.device = device;
        this.clock = clock;
        this.manifest = manifest;
        this.highestVersion = manifest.highestVersion();
        this.highestRun = manifest.run();
    }

    /**
     * Opens the checkpoints of a store; of a new store, makes its first manifest.
     * @param manager open
     * @param device open
     * @param found the manifest, null if there is none
     * @param clock tells when a checkpoint is completed
     * @throws CorruptStateException if the manifest is not the newest one
     */
    public static CheckpointStore open(CheckpointManager manager, LogDevice device, @Nullable Manifest found,
            Clock clock) {
        if (found != null) {
            checkNewest(manager, device, found);
            return new CheckpointStore(manager, device, clock, found);
        }
        if (!device.segments().isEmpty() || device.committed().isPresent()) {
            String example = device.segments().stream().findFirst().map(device::describe).orElse("the log device");
            throw new CorruptStateException(manager.describeManifest(), 0,
                    "a manifest, since there are log files: " + example, "none");
        }
        Manifest first = new Manifest(UUID.randomUUID(), 1, 0, List.of());
        if (manager.durable()) {
            manager.commit(first);
        }
        return new CheckpointStore(manager, device, clock, first);
    }

    private static void checkNewest(CheckpointManager manager, LogDevice device, Manifest found) {
        long newest = newestVersion(found);
        CommittedVersion noted = device.committed().orElse(null);
        if (noted != null && !noted.storeId().equals(found.storeId())) {
            // the log directory of one store beside the checkpoints of another
            throw new CorruptStateException(device.describeCommitted(), 0,
                    "a note of store " + found.storeId() + ", as " + manager.describeManifest() + " says",
                    "one of store " + noted.storeId());
        }
        if (noted != null && noted.version() > newest) {
            throw new CorruptStateException(manager.describeManifest(), 0,
                    "checkpoint " + noted.version() + ", which the log device knows to be committed",
                    (newest == 0) ? "no checkpoint" : "checkpoint " + newest + " as the newest");
        }
        // without a note nothing tells whose log files those are that no checkpoint lists
        if (noted == null && device.notesCommitted() && (newest > 0 || !device.segments().isEmpty())) {
            throw new CorruptStateException(device.describeCommitted(), 0,
                    "a note of the last committed version, since "
                            + ((newest > 0) ? "checkpoint " + newest + " exists" : "there are log files"),
                    "none");
        }
    }

    private static long newestVersion(Manifest manifest) {
        List<CommittedCheckpoint> checkpoints = manifest.checkpoints();
        return checkpoints.isEmpty() ? 0 : checkpoints.get(checkpoints.size() - 1).version();
    }

    /** The store's own id. */
    public UUID storeId() {
        return this.manifest.storeId();
    }

    /** The number of the next run. */
    public long nextRun() {
        return this.highestRun + 1;
    }

    /** The kept checkpoints, oldest first. */
    public List<CommittedCheckpoint> kept() {
        return this.manifest.checkpoints();
    }

    /** Reads and verifies the metadata of a kept checkpoint. */
    public CheckpointMetadata read(CommittedCheckpoint checkpoint) {
        return read(this.manager, storeId(), checkpoint);
    }

    /**
     * Reads and verifies the metadata of a checkpoint.
     * @param manager where they lie, open
     * @param storeId the store that they must belong to
     * @param checkpoint what the manifest says of it
     */
    public static CheckpointMetadata read(CheckpointManager manager, UUID storeId, CommittedCheckpoint checkpoint) {
        MetadataChain chain = MetadataChain.read(checkpoint.objects(), storeId, manager, new HashMap<>());
        return decode(manager, storeId, checkpoint, chain);
    }

    private static CheckpointMetadata decode(CheckpointManager manager, UUID storeId, CommittedCheckpoint checkpoint,
            MetadataChain chain) {
        List<MetadataObject> objects = checkpoint.objects();
        String resource = manager.describe(objects.get(objects.size() - 1).name());
        CheckpointMetadata metadata = CheckpointMetadata.of(chain.items(), storeId, resource);
        if (metadata.version() != checkpoint.version()) {
            throw new CorruptStateException(resource, 0, "checkpoint " + checkpoint.version(),
                    "checkpoint " + metadata.version());
        }
        return metadata;
    }

    /**
     * Makes it durable that a new run has begun, and deletes what crashed runs left.
     * @param run the number of the run, {@link #nextRun}
     */
    public void beginRun(long run) {
        this.highestRun = run;
        Manifest begun = new Manifest(storeId(), run, this.highestVersion, kept());
        if (this.manager.durable()) {
            this.manager.commit(begun);
            // the run before may have died before its note was there, or durable
            this.device.committed(new CommittedVersion(storeId(), newestVersion(begun)));
        }
        this.manifest = begun;
        boolean allReadable = true;
        Map<MetadataObject, MetadataChain.Link> known = new HashMap<>(); // read once
        for (CommittedCheckpoint checkpoint : kept()) {
            try {
                MetadataChain read = MetadataChain.read(checkpoint.objects(), storeId(), this.manager, known);
                need(decode(this.manager, storeId(), checkpoint, read));
                this.chain = read;
            }
            catch (StateException ex) {
                allReadable = false;
                logger.warn("Checkpoint {} cannot be read and could not be restored; the newest one is not affected",
                        checkpoint.version(), ex);
            }
        }
        this.deletable.addAll(this.manager.names());
        deleteMetadata();
        if (allReadable) { // else it is not known which segments are needed
            Collection<LogSegment> listed = neededSegments();
            this.device.segments().stream().filter((segment) -> !listed.contains(segment)).forEach(this.device::delete);
        }
    }

    private void need(CheckpointMetadata metadata) {
        this.needed.put(metadata.version(), metadata.neededSegments());
    }

    /** The segments that kept checkpoints need. */
    public Collection<LogSegment> neededSegments() {
        return this.needed.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    }

    /** A version that was never used. */
    long nextVersion() {
        return ++this.highestVersion;
    }

    /**
     * Commits a checkpoint, durable when this returns.
     * @param metadata what it consists of; its log bytes are durable already
     * @param logBytes the log bytes written for it
     * @param keep how many checkpoints are kept, this one included
     * @return what the manifest says of it
     */
    CompletedCheckpoint commit(CheckpointMetadata metadata, long logBytes, int keep) {
        String name = String.format("checkpoint-%016x-%016x", metadata.version(), metadata.run());
        MetadataChain.Next written = this.chain.next(name, metadata);
        CommittedCheckpoint committed = new CommittedCheckpoint(metadata.version(), written.chain().objects(),
                this.clock.instant().truncatedTo(ChronoUnit.MILLIS), logBytes + written.bytes().remaining());
        if (this.manager.durable()) {
            this.highestRun = Math.max(this.highestRun, metadata.run());
            this.deletable.add(name);
            this.manager.write(name, written.bytes());
            List<CommittedCheckpoint> checkpoints = new ArrayList<>(kept());
            checkpoints.add(committed);
            List<CommittedCheckpoint> dropped = checkpoints.subList(0, Math.max(0, checkpoints.size() - keep));
            List<CommittedCheckpoint> kept = List.copyOf(checkpoints.subList(dropped.size(), checkpoints.size()));
            Manifest next = new Manifest(storeId(), this.highestRun, this.highestVersion, kept);
            this.manager.commit(next);
            this.manifest = next;
            this.chain = written.chain();
            dropped.forEach(this::release);
            need(metadata);
        }
        return new CompletedCheckpoint(metadata.version(), metadata.userMetadata(), committed.completedAt(),
                committed.sizeBytes());
    }

    /**
     * Notes with the log that a checkpoint is committed, durable when this returns.
     */
    void note(CompletedCheckpoint committed) {
        if (this.manager.durable()) {
            this.device.committed(new CommittedVersion(storeId(), committed.version()));
        }
    }

    private void release(CommittedCheckpoint dropped) {
        dropped.objects().forEach((object) -> this.deletable.add(object.name()));
        Set<LogSegment> segments = this.needed.remove(dropped.version());
        if (segments != null) {
            this.released.addAll(segments);
        }
    }

    /**
     * The segments of dropped checkpoints since the last call, whether or not others need
     * them.
     */
    Collection<LogSegment> takeReleased() {
        Set<LogSegment> taken = Set.copyOf(this.released);
        this.released.clear();
        return taken;
    }

    /**
     * Lets checkpoints that cannot be read be dropped by the next commit.
     * @param newerThan the version of the newest one that can be read, 0 if there is none
     */
    public void dropUnreadable(long newerThan) {
        List<CommittedCheckpoint> readable = kept().stream()
            .filter((checkpoint) -> checkpoint.version() <= newerThan)
            .toList();
        kept().stream().filter((checkpoint) -> checkpoint.version() > newerThan).forEach(this::release);
        this.manifest = new Manifest(storeId(), this.manifest.run(), this.highestVersion, readable);
    }

    /**
     * Deletes metadata that no kept checkpoint is put together from; what cannot be
     * deleted is tried again next time.
     */
    void deleteMetadata() {
        kept().forEach((checkpoint) -> checkpoint.objects().forEach((object) -> this.deletable.remove(object.name())));
        RuntimeException failure = null;
        for (String name : List.copyOf(this.deletable)) {
            try {
                this.manager.delete(name);
                this.deletable.remove(name);
            }
            catch (RuntimeException ex) {
                failure = (failure != null) ? failure : ex;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

}
