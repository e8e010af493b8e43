package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.FencedException;
import io.flowstate.storage.Manifest;

/**
 * A checkpoint manager under a prefix of a container. One conditional write of the
 * {@linkplain ManifestBlob manifest} makes a checkpoint visible.
 *
 * <p>
 * A call belongs to the opening that it began in, and fails with {@link FencedException}
 * if that was closed or overtaken meanwhile.
 */
final class BlobCheckpointManager implements CheckpointManager {

    private final BlobPlace place;

    private final PlaceOwner owner;

    private volatile @Nullable Opened opened; // null while closed

    BlobCheckpointManager(BlobPlace place, PlaceOwner owner) {
        this.place = place;
        this.owner = owner;
    }

    @Override
    public Optional<Manifest> open(String owner) {
        PlaceOwner.Hold hold = this.owner.join(PlaceOwner.Part.CHECKPOINTS, owner);
        boolean done = false;
        try {
            Opened next = new Opened(hold.lock(), new ManifestBlob(this.place, hold.token()),
                    new MetadataBlobs(this.place, hold.token()));
            Optional<Manifest> manifest = next.manifest().read();
            next.metadata().list();
            manifest.ifPresent(next.metadata()::committed);
            if (manifest.isEmpty() && !next.metadata().names().isEmpty()) {
                throw new CorruptStateException(describeManifest(), 0,
                        "a manifest, since there is metadata such as " + next.metadata().names().iterator().next(),
                        "no blob");
            }
            this.opened = next;
            done = true;
            return manifest;
        }
        finally {
            if (!done) {
                this.owner.leave(PlaceOwner.Part.CHECKPOINTS);
            }
        }
    }

    @Override
    public void commit(Manifest manifest) {
        Opened current = checkOpen();
        current.lock().checkHeld();
        long runInPlace = current.manifest().run();
        if (manifest.run() < runInPlace) {
            throw new FencedException("run " + manifest.run() + " cannot replace " + describeManifest() + ", which run "
                    + runInPlace + " has replaced meanwhile; nothing more is written");
        }
        if (!current.manifest().replace(manifest)) {
            current.lock().fence("another writer, which has replaced the manifest");
            throw current.lock().fenced();
        }
        current.metadata().committed(manifest);
    }

    @Override
    public void write(String name, ByteBuffer content) {
        Opened current = checkOpen();
        MetadataBlobs.check(name);
        current.lock().checkHeld();
        current.metadata().write(name, content);
    }

    @Override
    public ByteBuffer read(String name, int length) {
        Opened current = checkOpen();
        if (length < 0) {
            throw new IllegalArgumentException("length must not be negative, but was " + length);
        }
        return current.metadata().read(name, length);
    }

    @Override
    public void delete(String name) {
        Opened current = checkOpen();
        MetadataBlobs.check(name);
        current.lock().confirmHeld();
        current.metadata().delete(name);
    }

    @Override
    public Collection<String> names() {
        return checkOpen().metadata().names();
    }

    @Override
    public String describe(String name) {
        return this.place.describe(BlobPlace.CHECKPOINTS + MetadataBlobs.check(name));
    }

    @Override
    public String describeManifest() {
        return this.place.describe(BlobPlace.MANIFEST);
    }

    private Opened checkOpen() {
        Opened current = this.opened;
        if (current == null) {
            throw new IllegalStateException("the checkpoint manager in " + this.place + " is not open");
        }
        return current;
    }

    @Override
    public void close() {
        if (this.opened != null) {
            this.opened = null;
            this.owner.leave(PlaceOwner.Part.CHECKPOINTS);
        }
    }

    @Override
    public String toString() {
        return "the checkpoint manager in " + this.place;
    }

    private record Opened(PlaceLock lock, ManifestBlob manifest, MetadataBlobs metadata) {
    }

}
