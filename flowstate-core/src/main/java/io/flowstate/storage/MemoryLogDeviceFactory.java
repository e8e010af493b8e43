package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A log in the memory of this JVM. What was written outlives its device: the same factory
 * opens it again, for one opener at a time. Nothing survives the JVM.
 */
final class MemoryLogDeviceFactory implements LogDeviceFactory {

    private final Map<LogSegment, MemorySegmentBytes> segments = new ConcurrentHashMap<>();

    private final AtomicReference<Optional<CommittedVersion>> committed = new AtomicReference<>(Optional.empty());

    private final MemoryOwner owner = new MemoryOwner("the in-memory log");

    @Override
    public LogDevice open(String owner) {
        this.owner.take(owner);
        return new MemoryLogDevice();
    }

    private final class MemoryLogDevice implements LogDevice {

        /** The segments created since this was opened. */
        private final Set<LogSegment> created = ConcurrentHashMap.newKeySet();

        private volatile boolean closed;

        @Override
        public Collection<LogSegment> segments() {
            checkOpen();
            return List.copyOf(MemoryLogDeviceFactory.this.segments.keySet());
        }

        @Override
        public void create(LogSegment segment) {
            checkOpen();
            if (MemoryLogDeviceFactory.this.segments.putIfAbsent(segment, new MemorySegmentBytes()) != null) {
                throw new IllegalArgumentException("segment " + describe(segment) + " exists already");
            }
            this.created.add(segment);
        }

        @Override
        public void write(LogSegment segment, long position, ByteBuffer bytes) {
            MemorySegmentBytes content = writable(segment);
            if (position != content.length()) {
                throw new IllegalArgumentException("segment " + describe(segment)
                        + " is written at its end, which is at " + content.length() + ", but position was " + position);
            }
            content.append(bytes);
        }

        @Override
        public void sync(LogSegment segment) {
            writable(segment);
        }

        private MemorySegmentBytes writable(LogSegment segment) {
            checkOpen();
            MemorySegmentBytes content = MemoryLogDeviceFactory.this.segments.get(segment);
            if (content == null || !this.created.contains(segment)) {
                throw new IllegalArgumentException("segment " + describe(segment)
                        + " was not created by this device since it was opened, or was deleted");
            }
            return content;
        }

        @Override
        public void read(LogSegment segment, long position, ByteBuffer target) {
            if (position < 0) {
                throw new IllegalArgumentException("position must not be negative, but was " + position);
            }
            int wanted = target.remaining();
            int count = existing(segment).read(position, target);
            if (count < wanted) {
                throw new CorruptStateException(describe(segment), position + count,
                        wanted + " bytes from offset " + position, "only " + count);
            }
        }

        @Override
        public boolean mayHang() {
            return false;
        }

        @Override
        public long length(LogSegment segment) {
            return existing(segment).length();
        }

        private MemorySegmentBytes existing(LogSegment segment) {
            checkOpen();
            MemorySegmentBytes content = MemoryLogDeviceFactory.this.segments.get(segment);
            if (content == null) {
                throw new CorruptStateException(describe(segment), 0, "a segment", "none");
            }
            return content;
        }

        @Override
        public void delete(LogSegment segment) {
            checkOpen();
            this.created.remove(segment);
            MemoryLogDeviceFactory.this.segments.remove(segment);
        }

        @Override
        public String describe(LogSegment segment) {
            return "memory:" + segment.name();
        }

        @Override
        public Optional<CommittedVersion> committed() {
            checkOpen();
            return MemoryLogDeviceFactory.this.committed.get();
        }

        @Override
        public boolean notesCommitted() {
            return true;
        }

        @Override
        public String describeCommitted() {
            return "memory:" + CommittedNote.FILE;
        }

        @Override
        public void committed(CommittedVersion note) {
            checkOpen();
            MemoryLogDeviceFactory.this.committed.get()
                .ifPresent((before) -> CommittedNote.checkFollows(note, before, describeCommitted()));
            MemoryLogDeviceFactory.this.committed.set(Optional.of(note));
        }

        private void checkOpen() {
            if (this.closed) {
                throw new IllegalStateException("the in-memory log device is closed");
            }
        }

        @Override
        public synchronized void close() {
            if (!this.closed) {
                this.closed = true;
                MemoryLogDeviceFactory.this.owner.giveFree();
            }
        }

    }

}
