package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint manager in the memory of this JVM. Its content outlives {@link #close}:
 * the same object can be opened again. Nothing survives the JVM.
 */
final class MemoryCheckpointManager implements CheckpointManager {

    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();

    private final MemoryOwner owner = new MemoryOwner("the in-memory checkpoint manager");

    private volatile @Nullable Manifest manifest;

    @Override
    public Optional<Manifest> open(String owner) {
        this.owner.take(owner);
        return Optional.ofNullable(this.manifest);
    }

    @Override
    public void commit(Manifest manifest) {
        checkOpen();
        Manifest before = this.manifest;
        Manifest.checkNotOvertaken(manifest, (before != null) ? before.run() : 0, describeManifest());
        // Through the bytes, so that what no medium could hold is refused here too.
        this.manifest = Manifest.decode(manifest.encode(), describeManifest());
    }

    @Override
    public void write(String name, ByteBuffer content) {
        checkOpen();
        MetadataName.check(name);
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        if (this.objects.putIfAbsent(name, bytes) != null) {
            throw new IllegalArgumentException("metadata object " + describe(name) + " exists already");
        }
    }

    @Override
    public ByteBuffer read(String name, int length) {
        checkOpen();
        byte[] bytes = this.objects.get(MetadataName.check(name));
        if (length < 0) {
            throw new IllegalArgumentException("length must not be negative, but was " + length);
        }
        if (bytes == null) {
            throw new CorruptStateException(describe(name), 0, "a metadata object", "none");
        }
        if (bytes.length != length) {
            throw new CorruptStateException(describe(name), Math.min(bytes.length, length), length + " bytes",
                    bytes.length + " bytes");
        }
        return ByteBuffer.wrap(bytes.clone());
    }

    @Override
    public void delete(String name) {
        checkOpen();
        this.objects.remove(MetadataName.check(name));
    }

    @Override
    public Collection<String> names() {
        checkOpen();
        return List.copyOf(this.objects.keySet());
    }

    @Override
    public String describe(String name) {
        return "memory:" + MetadataName.check(name);
    }

    @Override
    public String describeManifest() {
        return "memory:manifest";
    }

    private void checkOpen() {
        if (!this.owner.isTaken()) {
            throw new IllegalStateException("the in-memory checkpoint manager is not open");
        }
    }

    @Override
    public void close() {
        this.owner.giveFree();
    }

}
