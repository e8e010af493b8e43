package io.flowstate.internal.checkpoint;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.MetadataObject;

/**
 * The metadata objects that the metadata of a checkpoint are put together from: the first
 * has all, each other what differs from the one before. So what a checkpoint writes
 * follows what has changed, and not how long its lists are.
 *
 * <pre>
 *    whole, 800 KiB  &lt;-  100 KiB  &lt;-  12 KiB  &lt;-  2 KiB
 * </pre>
 *
 * An object builds on the newest one that is at least twice as long as itself, and at
 * least 8 KiB; if there is none, it is whole. So each is at most half as long as the one
 * before: a chain has few objects, which together are less than twice as long as the
 * first, and a change is written once more only when what came after an object has grown
 * to half of it, as in a log-structured merge tree. An object is part of the chains of
 * many checkpoints, and goes when no kept one lists it. Unchanging.
 *
 * @param links the objects, the whole one first
 */
record MetadataChain(List<Link> links) {

    /** Of a store without checkpoints. */
    static final MetadataChain EMPTY = new MetadataChain(List.of());

    /** No medium writes less at once. */
    private static final int BLOCK_BYTES = 4096;

    /**
     * An object of a chain.
     *
     * @param object the object
     * @param items what has come together with it
     */
    record Link(MetadataObject object, List<ByteBuffer> items) {
    }

    /**
     * The chain of the next checkpoint.
     *
     * @param chain the chain
     * @param bytes those of its last object, which is still to be written
     */
    record Next(MetadataChain chain, ByteBuffer bytes) {
    }

    /**
     * Makes the metadata of another checkpoint, as what differs from these.
     * @param name the name of its object
     * @param metadata what it consists of
     */
    Next next(String name, CheckpointMetadata metadata) {
        List<ByteBuffer> items = metadata.items();
        int count = this.links.size();
        MetadataFormat.Encoded encoded = encode(metadata.storeId(), items, count);
        while (count > 0 && this.links.get(count - 1).object().length() / 2 < Math.max(BLOCK_BYTES,
                encoded.bytes().remaining())) {
            count--;
            encoded = encode(metadata.storeId(), items, count);
        }
        List<Link> next = new ArrayList<>(this.links.subList(0, count));
        next.add(new Link(new MetadataObject(name, encoded.bytes().remaining(),
                MetadataFormat.checksum(List.of(encoded.bytes()))), encoded.items()));
        return new Next(new MetadataChain(List.copyOf(next)), encoded.bytes());
    }

    private MetadataFormat.Encoded encode(UUID storeId, List<ByteBuffer> items, int count) {
        return MetadataFormat.encode(storeId, items, (count > 0) ? this.links.get(count - 1).items() : List.of());
    }

    /** What the manifest says of them. */
    List<MetadataObject> objects() {
        return this.links.stream().map(Link::object).toList();
    }

    /** What has come together with the last one. */
    List<ByteBuffer> items() {
        return this.links.get(this.links.size() - 1).items();
    }

    /**
     * Reads and verifies the objects of a checkpoint.
     * @param objects what the manifest says of them
     * @param storeId the store that they must belong to
     * @param manager where they lie
     * @param known objects that were read already; those read now are added
     */
    static MetadataChain read(List<MetadataObject> objects, UUID storeId, CheckpointManager manager,
            Map<MetadataObject, Link> known) {
        List<Link> links = new ArrayList<>();
        List<ByteBuffer> older = List.of();
        for (MetadataObject object : objects) {
            Link link = known.get(object);
            if (link == null) {
                link = new Link(object, read(object, storeId, manager, older));
                known.put(object, link);
            }
            links.add(link);
            older = link.items();
        }
        return new MetadataChain(List.copyOf(links));
    }

    private static List<ByteBuffer> read(MetadataObject object, UUID storeId, CheckpointManager manager,
            List<ByteBuffer> older) {
        String resource = manager.describe(object.name());
        ByteBuffer bytes = manager.read(object.name(), object.length());
        int checksum = MetadataFormat.checksum(List.of(bytes));
        if (checksum != object.checksum()) {
            throw new CorruptStateException(resource, 0,
                    "checksum " + Integer.toHexString(object.checksum()) + ", as the manifest says",
                    Integer.toHexString(checksum));
        }
        return MetadataFormat.decode(bytes, storeId, older, resource);
    }

}
