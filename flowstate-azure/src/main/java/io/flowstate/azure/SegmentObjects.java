package io.flowstate.azure;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import io.flowstate.storage.CorruptStateException;

/**
 * The objects that a segment consists of, by where they begin. Thread-safe.
 */
final class SegmentObjects {

    private final TreeMap<Long, ObjectName> objects = new TreeMap<>(); // guarded by this

    private long length; // of what is there without gaps; guarded by this

    /**
     * Adds an object.
     * @param resource the segment, for messages
     * @throws CorruptStateException if another has the same place
     */
    synchronized void add(ObjectName object, String resource) {
        ObjectName other = this.objects.putIfAbsent(object.start(), object);
        if (object.length() < 1 || (other != null && !other.equals(object))) {
            throw new CorruptStateException(resource, object.start(), "one object of at least a byte there",
                    object.path() + ((other != null) ? " beside " + other.path() : ""));
        }
        ObjectName next = this.objects.get(this.length);
        while (next != null) {
            this.length = next.end();
            next = this.objects.get(this.length);
        }
    }

    /** How many bytes there are without gaps. */
    synchronized long length() {
        return this.length;
    }

    /** The object that a position lies in, or null if none before a gap has it. */
    synchronized @Nullable ObjectName find(long position) {
        Map.Entry<Long, ObjectName> entry = (position < this.length) ? this.objects.floorEntry(position) : null;
        return (entry != null) ? entry.getValue() : null;
    }

    synchronized Collection<ObjectName> all() {
        return List.copyOf(this.objects.values());
    }

    synchronized void remove(ObjectName object) {
        this.objects.remove(object.start(), object);
    }

}
