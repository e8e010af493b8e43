package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The checkpoint manager of temporary storage: it keeps nothing, finds nothing, and any
 * number of state managers may have it open, each with a log directory of its own.
 */
final class TemporaryCheckpointManager implements CheckpointManager {

    @Override
    public Optional<Manifest> open(String owner) {
        return Optional.empty();
    }

    @Override
    public void commit(Manifest manifest) {
        // A later run could not find it.
    }

    @Override
    public void write(String name, ByteBuffer content) {
        MetadataName.check(name);
        content.position(content.limit());
    }

    @Override
    public ByteBuffer read(String name, int length) {
        throw new CorruptStateException(describe(name), 0, "a metadata object",
                "none, since temporary storage keeps no checkpoints");
    }

    @Override
    public void delete(String name) {
        MetadataName.check(name);
    }

    @Override
    public Collection<String> names() {
        return List.of();
    }

    @Override
    public String describe(String name) {
        return "temporary:" + MetadataName.check(name);
    }

    @Override
    public boolean durable() {
        return false;
    }

    @Override
    public void close() {
        // Nothing is held.
    }

}
