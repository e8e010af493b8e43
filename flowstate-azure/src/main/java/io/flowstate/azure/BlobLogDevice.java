package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;

/**
 * A log device under a prefix of a container: each segment is a number of immutable
 * objects, see {@link ObjectName}. What is written is gathered and uploaded in parallel;
 * {@link #sync} waits for it. What is not synced cannot be read.
 *
 * <p>
 * <b>Why a writer that was overtaken deletes nothing that its successor needs</b>, even
 * one that is frozen between any two of its steps and goes on hours later. This device
 * deletes only objects that it has written itself, or that were listed when it was
 * opened, which is before the opening store commits its first manifest. If that commit
 * succeeds, nobody else has committed since the manifest was read, so no object of a
 * successor can have been listed: a successor writes its first object after its own first
 * commit. What is deleted is needed by no checkpoint of the manifest committed here last.
 * A successor begins with that manifest, or with one committed here whose outcome was not
 * known here, before the next success nothing that either needs is deleted. All that a
 * successor keeps later it has taken from there, restores to kept versions included, or
 * written itself under names with its own run and token. So the sets never meet. That the
 * lease is looked at before each deletion is for the sake of good manners: a writer that
 * has been overtaken leaves things alone.
 *
 * <p>
 * What crashed or overtaken writers left is in the listing of the next opening, is asked
 * to be deleted by the store, and is deleted when it is older than the grace period, see
 * {@link Leftovers}.
 */
final class BlobLogDevice implements LogDevice {

    private final BlobPlace place;

    private final PlaceOwner.Hold hold;

    private final Runnable giveFree;

    private final int objectSizeBytes;

    private final ObjectUploads uploads;

    private final ObjectReads reads;

    private final Leftovers leftovers;

    private final Map<LogSegment, SegmentObjects> objects = new ConcurrentHashMap<>();

    /** Until they are gone. */
    private final Map<LogSegment, SegmentObjects> deleting = new ConcurrentHashMap<>();

    /** Of this opening. */
    private final Map<LogSegment, SegmentWriter> writers = new ConcurrentHashMap<>();

    /** By log. */
    private final Map<String, LogSegment> newest = new ConcurrentHashMap<>();

    private final AtomicBoolean closed = new AtomicBoolean();

    private BlobLogDevice(BlobPlace place, AzureSettings settings, PlaceOwner.Hold hold, @Nullable ObjectCache cache,
            Runnable giveFree) {
        this.place = place;
        this.hold = hold;
        this.giveFree = giveFree;
        this.objectSizeBytes = settings.objectSizeBytes();
        this.reads = new ObjectReads(place, cache);
        this.leftovers = new Leftovers(place, hold.lock(), settings.leftoverGrace(), System::currentTimeMillis);
        this.uploads = new ObjectUploads(place, settings, (object, blocks) -> {
            if (cache != null) {
                cache.write(object, blocks);
            }
            uploaded(object);
        });
    }

    private void uploaded(ObjectName object) {
        SegmentObjects known = this.objects.get(object.segment());
        if (known != null) {
            known.add(object, describe(object.segment()));
        }
        boolean deleted = known == null || this.objects.get(object.segment()) != known;
        if (deleted) {
            this.hold.lock().checkHeld();
            remove(object);
        }
    }

    private void remove(ObjectName object) {
        this.place.delete(BlobPlace.LOG + object.path());
        this.reads.forget(object);
    }

    /**
     * Opens a device and lists what is there.
     * @param place the prefix
     * @param settings its settings
     * @param hold the hold on it
     * @param cache the local cache, if there is one
     * @param giveFree called once, when it is closed
     */
    static BlobLogDevice open(BlobPlace place, AzureSettings settings, PlaceOwner.Hold hold,
            @Nullable ObjectCache cache, Runnable giveFree) {
        BlobLogDevice device = new BlobLogDevice(place, settings, hold, cache, giveFree);
        for (BlobPlace.Listed listed : place.list(BlobPlace.LOG)) {
            ObjectName object = ObjectName.parse(listed.name(), place.describe(BlobPlace.LOG + listed.name()));
            if (object == null) {
                continue; // none of ours
            }
            String resource = device.describe(object.segment());
            if (listed.size() != ObjectBlocks.size(object.length())) {
                throw new CorruptStateException(resource, object.start(),
                        "an object " + object.path() + " of " + ObjectBlocks.size(object.length()) + " bytes",
                        listed.size() + " bytes");
            }
            device.objects.computeIfAbsent(object.segment(), (segment) -> new SegmentObjects()).add(object, resource);
            device.leftovers.found(object, listed.lastModifiedMillis());
        }
        return device;
    }

    @Override
    public Collection<LogSegment> segments() {
        checkOpen();
        return List.copyOf(this.objects.keySet());
    }

    @Override
    public void create(LogSegment segment) {
        checkOpen();
        this.hold.lock().checkHeld();
        if (this.deleting.containsKey(segment) || this.objects.putIfAbsent(segment, new SegmentObjects()) != null) {
            throw new IllegalArgumentException("segment " + describe(segment) + " exists already");
        }
        this.writers.put(segment, new SegmentWriter(segment, this.hold.token(), this.objectSizeBytes, this.uploads));
        LogSegment previous = this.newest.put(segment.log(), segment);
        SegmentWriter finished = (previous != null) ? this.writers.get(previous) : null;
        if (finished != null) {
            finished.handOver();
        }
    }

    @Override
    public void write(LogSegment segment, long position, ByteBuffer bytes) {
        SegmentWriter writer = writer(segment);
        if (position != writer.length()) {
            throw new IllegalArgumentException("segment " + describe(segment) + " is written at its end, which is at "
                    + writer.length() + ", but position was " + position);
        }
        this.hold.lock().checkHeld();
        writer.write(bytes);
    }

    @Override
    public void sync(LogSegment segment) {
        SegmentWriter writer = writer(segment);
        this.hold.lock().checkHeld();
        writer.sync();
    }

    private SegmentWriter writer(LogSegment segment) {
        checkOpen();
        SegmentWriter writer = this.writers.get(segment);
        if (writer == null) {
            throw new IllegalArgumentException("segment " + describe(segment)
                    + " was not created by this device since it was opened, or was deleted");
        }
        return writer;
    }

    @Override
    public void read(LogSegment segment, long position, ByteBuffer target) {
        checkOpen();
        if (position < 0) {
            throw new IllegalArgumentException("position must not be negative, but was " + position);
        }
        SegmentObjects known = existing(segment);
        int wanted = target.remaining();
        long length = known.length();
        if (wanted > 0 && length - position < wanted) {
            long there = Math.max(0, length - position);
            throw new CorruptStateException(describe(segment), position + there,
                    wanted + " bytes from offset " + position, "only " + there);
        }
        byte[] bytes = new byte[wanted];
        for (int done = 0; done < wanted;) {
            ObjectName object = known.find(position + done);
            if (object == null) {
                throw missing(segment);
            }
            int offset = (int) (position + done - object.start());
            int count = Math.min(wanted - done, object.length() - offset);
            this.reads.read(object, offset, bytes, done, count);
            done += count;
        }
        if (this.objects.get(segment) != known) {
            throw missing(segment);
        }
        target.put(bytes);
    }

    @Override
    public long length(LogSegment segment) {
        checkOpen();
        return existing(segment).length();
    }

    private SegmentObjects existing(LogSegment segment) {
        SegmentObjects known = this.objects.get(segment);
        if (known == null) {
            throw missing(segment);
        }
        return known;
    }

    private CorruptStateException missing(LogSegment segment) {
        return new CorruptStateException(describe(segment), 0, "a segment", "none");
    }

    @Override
    public void delete(LogSegment segment) {
        checkOpen();
        this.hold.lock().checkHeld();
        this.writers.remove(segment);
        SegmentObjects known = this.objects.remove(segment);
        if (known != null) {
            this.deleting.put(segment, known);
        }
        SegmentObjects rest = this.deleting.get(segment);
        if (rest == null) {
            return;
        }
        for (ObjectName object : rest.all()) {
            this.hold.lock().confirmHeld();
            if (this.leftovers.putOff(object)) {
                this.reads.forget(object);
            }
            else {
                remove(object);
            }
            rest.remove(object);
        }
        this.deleting.remove(segment);
    }

    @Override
    public String describe(LogSegment segment) {
        return this.place.describe(BlobPlace.LOG + segment.name());
    }

    @Override
    public Map<String, Long> requests() {
        return this.place.requests().counts().snapshot();
    }

    private void checkOpen() {
        if (this.closed.get()) {
            throw new IllegalStateException("the log device in " + this.place + " is closed");
        }
    }

    @Override
    public void close() {
        if (this.closed.compareAndSet(false, true)) {
            this.uploads.close();
            this.leftovers.close();
            this.giveFree.run();
        }
    }

    @Override
    public String toString() {
        return "the log device in " + this.place;
    }

}
