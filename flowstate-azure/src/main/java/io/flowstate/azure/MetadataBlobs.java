package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

import com.azure.core.util.BinaryData;
import org.jspecify.annotations.Nullable;

import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.Manifest;

/**
 * The metadata objects beside the manifest, each a blob {@code NAME-TOKEN.meta} with the
 * token of the opening that wrote it. So what a frozen writer writes late, under a name
 * that its successor uses as well, is another blob; which of the two a manifest means is
 * told by the checksum that it lists.
 *
 * <p>
 * Only what was listed at the opening, before its first commit, or written since is known
 * here, read and deleted: nothing of a later writer.
 */
final class MetadataBlobs {

    private static final Pattern NAME = Pattern.compile("checkpoint-[0-9a-f]{16}-[0-9a-f]{16}");

    private static final Pattern BLOB = Pattern.compile("(" + NAME + ")-([0-9a-f]{16})\\.meta");

    private final BlobPlace place;

    private final long token;

    /** By the name of the object. */
    private final ConcurrentMap<String, List<String>> blobs = new ConcurrentHashMap<>();

    /** By the name of the object, as committed. */
    private final Map<String, Integer> checksums = new ConcurrentHashMap<>();

    MetadataBlobs(BlobPlace place, long token) {
        this.place = place;
        this.token = token;
    }

    /** Finds those that exist. */
    void list() {
        for (BlobPlace.Listed listed : this.place.list(BlobPlace.CHECKPOINTS)) {
            Matcher matcher = BLOB.matcher(listed.name());
            if (matcher.matches()) {
                add(matcher.group(1), BlobPlace.CHECKPOINTS + listed.name());
            }
        }
    }

    private void add(String name, String blob) {
        this.blobs.merge(name, List.of(blob), (before, added) -> {
            List<String> both = new ArrayList<>(before);
            both.addAll(added);
            return List.copyOf(both);
        });
    }

    /** Learns which of several blobs of one name is meant. */
    void committed(Manifest manifest) {
        Map<String, Integer> listed = new HashMap<>();
        for (CommittedCheckpoint checkpoint : manifest.checkpoints()) {
            checkpoint.objects().forEach((object) -> listed.put(object.name(), object.checksum()));
        }
        this.checksums.keySet().retainAll(listed.keySet());
        this.checksums.putAll(listed);
    }

    void write(String name, ByteBuffer content) {
        String blob = ownBlob(check(name));
        if (this.blobs.getOrDefault(name, List.of()).contains(blob)) {
            throw new IllegalArgumentException("metadata object " + describe(name) + " exists already");
        }
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        add(name, blob);
        this.place.create(RequestKind.METADATA_WRITE, blob, BinaryData.fromBytes(bytes), bytes.length);
    }

    private String ownBlob(String name) {
        return BlobPlace.CHECKPOINTS + name + "-" + HexFormat.of().toHexDigits(this.token) + ".meta";
    }

    ByteBuffer read(String name, int length) {
        List<String> candidates = this.blobs.getOrDefault(check(name), List.of());
        Integer checksum = this.checksums.get(name);
        CorruptStateException failure = null;
        for (String blob : candidates) {
            ByteBuffer content = fetch(blob, length);
            if (content == null) {
                continue;
            }
            if (content.remaining() != length) {
                failure = new CorruptStateException(describe(name), Math.min(content.remaining(), length),
                        length + " bytes", describeLength(blob, content.remaining(), length));
            }
            else if (candidates.size() == 1 || checksum == null || checksum(content) == checksum) {
                return content;
            }
            else {
                failure = new CorruptStateException(describe(name), 0, "CRC-32C " + Integer.toHexString(checksum),
                        Integer.toHexString(checksum(content)) + " in " + blob);
            }
        }
        throw (failure != null) ? failure
                : new CorruptStateException(describe(name), 0, "a metadata blob of " + length + " bytes", "none");
    }

    private String describeLength(String blob, int found, int expected) {
        long size = (found <= expected) ? found : this.place.requests()
            .call(RequestKind.READ, "look at", this.place.describe(blob), (attempt) -> this.place.size(blob));
        return size + " bytes";
    }

    private @Nullable ByteBuffer fetch(String blob, int length) {
        int most = (int) Math.min(Integer.MAX_VALUE - 16L, Math.max(1L, length));
        BlobPlace.Content content = this.place.find(RequestKind.READ, blob, most);
        return (content != null) ? content.buffer() : null;
    }

    private static int checksum(ByteBuffer content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content.duplicate());
        return (int) checksum.getValue();
    }

    void delete(String name) {
        for (String blob : this.blobs.getOrDefault(check(name), List.of())) {
            this.place.delete(blob);
        }
        this.blobs.remove(name);
    }

    Collection<String> names() {
        return List.copyOf(this.blobs.keySet());
    }

    String describe(String name) {
        return this.place.describe(BlobPlace.CHECKPOINTS + check(name));
    }

    /** Gives a name back, refusing one that is none: it is part of a blob's name. */
    static String check(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "the name of a metadata object is checkpoint-VERSION-RUN, each of 16 hexadecimal digits, but was of "
                            + name.length() + " characters: "
                            + name.substring(0, Math.min(name.length(), 100)).replaceAll("[^\\p{Graph} ]", "?"));
        }
        return name;
    }

}
