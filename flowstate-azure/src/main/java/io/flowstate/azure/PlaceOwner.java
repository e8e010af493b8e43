package io.flowstate.azure;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import io.flowstate.storage.StateLockedException;

/**
 * The hold of one storage on its prefix, which its log device and its checkpoint manager
 * share: whoever opens first takes the lease, whoever closes last gives it free.
 */
final class PlaceOwner {

    /** What of a storage is open. */
    enum Part {

        LOG, CHECKPOINTS

    }

    private final BlobPlace place;

    private final AzureSettings settings;

    private final RandomGenerator random;

    private final Set<Part> open = EnumSet.noneOf(Part.class); // guarded by this

    private @Nullable Hold hold; // while something is open; guarded by this

    PlaceOwner(BlobPlace place, AzureSettings settings, RandomGenerator random) {
        this.place = place;
        this.settings = settings;
        this.random = random;
    }

    /**
     * Opens a part. Taking the lease happens under the monitor: the other part, which is
     * all that can wait for it, needs it too.
     * @param part which
     * @param owner who opens it, for a person to read
     * @return the hold
     * @throws StateLockedException if it is open already, or another has the prefix
     */
    synchronized Hold join(Part part, String owner) {
        Hold held = this.hold;
        if (this.open.contains(part)) {
            throw new StateLockedException(this.place.describe(), Objects.requireNonNull(held).lock().owner());
        }
        if (held == null) {
            if (this.settings.createContainer()) {
                this.place.createContainer();
            }
            long token = this.random.nextLong();
            held = new Hold(token, PlaceLock.take(this.place, this.settings, owner, token));
            this.hold = held;
        }
        else {
            held.lock().checkHeld();
        }
        this.open.add(part);
        return held;
    }

    /** Closes a part. */
    void leave(Part part) {
        Hold last = null;
        synchronized (this) {
            if (this.open.remove(part) && this.open.isEmpty()) {
                last = this.hold;
                this.hold = null;
            }
        }
        if (last != null) {
            last.lock().close();
        }
    }

    /**
     * One hold on a prefix.
     *
     * @param token its number, never used before; stands in the name of every blob that
     * is written while it lasts
     * @param lock the lease
     */
    record Hold(long token, PlaceLock lock) {
    }

}
