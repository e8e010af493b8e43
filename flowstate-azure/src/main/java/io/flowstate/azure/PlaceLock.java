package io.flowstate.azure;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

import com.azure.core.util.BinaryData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.flowstate.storage.FencedException;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.StorageUnavailableException;

/**
 * Who has the store under a prefix open: a lease, kept in a blob that is replaced by
 * conditional writes only and never deleted. The holder writes it again three times a
 * lease; whoever finds it held watches it. If it changes, the holder lives and the
 * opening is refused at once, naming it; if it does not change for as long as the holder
 * has said that it holds, the holder is taken for dead and the lease is taken over.
 *
 * <p>
 * This is a courtesy, with which two starters meet politely. Nothing that is stored
 * relies on it: a writer that was overtaken while it was frozen is kept from committing
 * by the conditional write of the manifest, and from deleting anything that its successor
 * needs by what it may delete at all, see {@link BlobLogDevice}.
 *
 * <p>
 * Not the leases of the service itself: those cannot be seen to be renewed, so a second
 * starter could not tell a living owner from a dead one before the lease has run out, and
 * they last 15 seconds at least.
 *
 * <p>
 * Threads: a daemon renews; any thread may check.
 */
final class PlaceLock {

    private static final Logger logger = LoggerFactory.getLogger(PlaceLock.class);

    private static final Duration LONGEST_LOOK = Duration.ofMillis(500);

    private static final int MAX_REFUSALS = 3;

    private final BlobPlace place;

    private final BlobRequests requests;

    private final Duration lease;

    private final String owner;

    private final long token;

    /** Held during a renewal, I/O included: only others that renew wait for it. */
    private final Object writing = new Object();

    private @Nullable String eTag; // guarded by writing

    private long sequence; // guarded by writing

    private volatile long renewedAt; // when the last successful write of it began

    private volatile @Nullable String overtakenBy;

    private volatile boolean closed;

    private @Nullable Thread renewer; // set once, by the opening thread

    private PlaceLock(BlobPlace place, Duration lease, String owner, long token) {
        this.place = place;
        this.requests = place.requests();
        this.lease = lease;
        this.owner = owner;
        this.token = token;
    }

    /**
     * Takes the lease.
     * @param place the prefix
     * @param settings how long it holds, how long to wait for that of a dead owner
     * @param owner who takes it, for a person to read
     * @param token the number of this opening, never used before
     * @throws StateLockedException if another has it
     * @throws StorageUnavailableException if the service goes on refusing to write it
     */
    static PlaceLock take(BlobPlace place, AzureSettings settings, String owner, long token) {
        PlaceLock lock = new PlaceLock(place, settings.leaseDuration(), owner, token);
        lock.take(settings.takeOverTimeout());
        Thread renewer = new Thread(lock::renewUntilClosed, "flowstate-azure-lease");
        renewer.setDaemon(true);
        lock.renewer = renewer;
        renewer.start();
        return lock;
    }

    private void take(Duration takeOverTimeout) {
        long start = this.requests.now();
        LockRecord watched = null;
        long watchedSince = 0;
        int refusals = 0;
        while (true) {
            BlobPlace.Content content = read();
            LockRecord found = (content != null) ? LockRecord.decode(content.bytes(), this.lease)
                    : new LockRecord(false, 0, 0, this.lease, "nobody");
            long now = this.requests.now();
            boolean free = !found.held();
            if (!free && watched == null) {
                watched = found;
                watchedSince = now;
            }
            if (!free && !found.equals(watched)) {
                throw new StateLockedException(this.place.describe(), found.owner());
            }
            boolean dead = !free && now - watchedSince >= found.lease().toNanos();
            if (free || dead) {
                if (tryWrite((content != null) ? content.eTag() : null, true)) {
                    if (dead) {
                        logger.warn("{} was still held by {}, which has not been heard of for {}: taken over",
                                this.place, found.owner(), found.lease());
                    }
                    return;
                }
                if (++refusals == MAX_REFUSALS) {
                    throw refused();
                }
                continue; // another was quicker, which the next look will show
            }
            if (now - start >= takeOverTimeout.toNanos()) {
                throw new StateLockedException(this.place.describe(), found.owner());
            }
            this.requests.pause(Math.min(LONGEST_LOOK.toNanos(), Math.max(1, Math
                .min(found.lease().toNanos() - (now - watchedSince), takeOverTimeout.toNanos() - (now - start)))));
        }
    }

    private BlobPlace.@Nullable Content read() {
        return this.place.find(RequestKind.LEASE, BlobPlace.LOCK, LockRecord.MAX_BYTES);
    }

    /**
     * Replaces the blob.
     * @param expected its ETag, null if there is none
     * @param held whether it is held from now on
     * @return false if another was first
     */
    private boolean tryWrite(@Nullable String expected, boolean held) {
        synchronized (this.writing) {
            long begun = this.requests.now();
            LockRecord next = new LockRecord(held, this.token, ++this.sequence, this.lease, this.owner);
            BinaryData content = BinaryData.fromBytes(next.encode());
            String written = this.requests
                .once(RequestKind.LEASE, "write", this.place.describe(BlobPlace.LOCK),
                        (attempt) -> this.place.replace(BlobPlace.LOCK, content, expected))
                .eTag();
            if (written == null) {
                return false;
            }
            this.eTag = written;
            this.renewedAt = begun;
            return true;
        }
    }

    private void renewUntilClosed() {
        while (!this.closed && this.overtakenBy == null) {
            LockSupport.parkNanos(this, this.lease.toNanos() / 3);
            if (!this.closed && this.requests.now() - this.renewedAt >= this.lease.toNanos() / 4) {
                try {
                    renew();
                }
                catch (RuntimeException | Error ex) {
                    // What comes of it is checked where it counts; it is tried again.
                    logger.warn("The lease of {} could not be renewed: {}", this.place, ex.toString());
                }
            }
        }
    }

    /** Writes the blob again, or finds that another has. */
    private void renew() {
        synchronized (this.writing) {
            for (int i = 0; i < MAX_REFUSALS; i++) {
                if (this.closed || this.overtakenBy != null || tryWrite(this.eTag, true)) {
                    return;
                }
                BlobPlace.Content content = read();
                LockRecord found = (content != null) ? LockRecord.decode(content.bytes(), this.lease) : null;
                if (found != null && found.token() != this.token) {
                    fence(found.owner());
                    return;
                }
                // an earlier try of ours had taken effect, or someone has deleted it
                this.eTag = (content != null) ? content.eTag() : null;
            }
            throw refused();
        }
    }

    private StorageUnavailableException refused() {
        return new StorageUnavailableException("the service has refused " + MAX_REFUSALS + " times to replace "
                + this.place.describe(BlobPlace.LOCK) + ", which no other writer has replaced");
    }

    /**
     * Notes that another has taken over.
     * @param other who, for a person to read
     */
    void fence(String other) {
        this.overtakenBy = other;
        logger.error("{} was taken over by {}; this writer, {}, commits and deletes nothing more", this.place, other,
                this.owner);
    }

    /** The error of a writer that was overtaken. */
    FencedException fenced() {
        return new FencedException(this.place.describe() + " was taken over by " + this.overtakenBy
                + "; this writer commits and deletes nothing more: close it");
    }

    /**
     * Refuses to go on once another has taken over, as far as is known, or the lease was
     * given free.
     * @throws FencedException if so
     */
    void checkHeld() {
        if (this.overtakenBy != null) {
            throw fenced();
        }
        if (this.closed) {
            throw new FencedException(this.place.describe() + " was closed by this writer, " + this.owner
                    + ", while it was still at work; nothing more is committed or deleted");
        }
    }

    /**
     * Makes sure that nobody can have taken over before this was called: asks, if the
     * lease may have run out since it was renewed.
     * @throws FencedException if another has
     * @throws StorageUnavailableException if that cannot be told
     */
    void confirmHeld() {
        checkHeld();
        if (this.requests.now() - this.renewedAt >= this.lease.toNanos()) {
            renew();
            checkHeld();
        }
    }

    String owner() {
        return this.owner;
    }

    /**
     * Gives the place free, unless it is another's. Asks once; a lease ends by itself.
     */
    void close() {
        synchronized (this.writing) {
            if (this.closed) {
                return;
            }
            this.closed = true;
            LockSupport.unpark(this.renewer);
            if (this.overtakenBy != null) {
                return;
            }
            try {
                tryWrite(this.eTag, false);
            }
            catch (StateException ex) {
                logger.warn("The lease of {} could not be given free and ends by itself in {}: {}", this.place,
                        this.lease, ex.getMessage());
            }
        }
    }

}
