package io.flowstate.internal.page;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.StorageCalls;
import io.flowstate.internal.pagestore.PageCodecs;
import io.flowstate.internal.pagestore.PageStore;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The three tiers that the pages of a store lie in: the page cache, the modified-page
 * file, the page store.
 *
 * <pre>
 *              read                                    changed page
 *                |                                          |
 *   page cache (Caffeine) ---- evicted, modified ----> PageSpiller ----> modified-page file
 *                |                                                             |
 *                +------------ checkpoint ----> page store <---- checkpoint ---+
 * </pre>
 *
 * A changed page is held by its {@link Page.Version} from the first change on, whether or
 * not the cache still has it, until it is in the modified-page file or a checkpoint with
 * it is committed. So evicting can neither lose a page nor bring an older copy back; all
 * that it does is to tell the {@link PageSpiller}, whose backlog is bounded by making
 * those wait who change pages.
 *
 * <p>
 * One bound for two limits: each page weighs at least the share that it has of the memory
 * if there are as many as allowed. Thread-safe.
 */
public final class PageTiers implements PageSpiller.Cache, AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(PageTiers.class);

    /** What a page in the cache takes beside its bytes, about. */
    private static final int OVERHEAD_BYTES = 200;

    final Gate gate;

    final PageStore store;

    private final Runnable checkOpen;

    private final Cache<Long, Page> cache;

    private final LongAdder cachedBytes = new LongAdder();

    private final PageSpiller spiller;

    private final ModifiedPageFile file;

    private final StorageCalls fileCalls;

    private final Set<PageSpace> spaces = ConcurrentHashMap.newKeySet();

    private final AtomicLong storeReads = new AtomicLong();

    private final AtomicLong generation = new AtomicLong(1); // the number of cuts

    private final AtomicLong restores = new AtomicLong(); // odd while one is under way

    private final Consumer<Throwable> onFailure;

    /**
     * Creates empty tiers and starts what writes to the modified-page file.
     * @param settings how much lies where
     * @param gate passed by every change
     * @param store the page store
     * @param file the modified-page file
     * @param fileCalls makes calls of that file if they may hang
     * @param checkOpen throws if the store is closed or has failed
     * @param onFailure lets every further operation of the store fail
     * @param nanoClock the time in nanoseconds, from any origin
     */
    public PageTiers(PageTiersSettings settings, Gate gate, PageStore store, ModifiedPageFile file,
            StorageCalls fileCalls, Runnable checkOpen, Consumer<Throwable> onFailure, LongSupplier nanoClock) {
        this.gate = gate;
        this.store = store;
        this.file = file;
        this.fileCalls = fileCalls;
        this.checkOpen = checkOpen;
        this.onFailure = onFailure;
        long share = (settings.cacheMemory() + settings.cachePageCount() - 1) / settings.cachePageCount();
        this.cache = Caffeine.newBuilder()
            .maximumWeight(settings.cacheMemory())
            .weigher((Long key, Page page) -> (int) Math.min(Integer.MAX_VALUE, Math.max(share, size(page))))
            .evictionListener(this::evicted)
            .removalListener((@Nullable Long key, @Nullable Page page, RemovalCause cause) -> {
                if (page != null) {
                    this.cachedBytes.add(-size(page));
                }
            })
            .executor(Runnable::run)
            .recordStats()
            .build();
        this.spiller = new PageSpiller(this, store.codecs(), file, settings, nanoClock);
    }

    /** What a page takes, about; the same as long as it lives. */
    private static long size(Page page) {
        return (long) page.bytes.length + OVERHEAD_BYTES;
    }

    /**
     * Called by the cache inside the atomic removal: it only hands the page on. A page
     * that was modified is still held by its version.
     */
    private void evicted(@Nullable Long key, @Nullable Page page, RemovalCause cause) {
        if (page != null) {
            this.spiller.offer(page);
        }
    }

    @Override
    public void checkOpen() {
        this.checkOpen.run();
    }

    /** Lets every further operation of the store fail. */
    void fail(Throwable cause) {
        this.onFailure.accept(cause);
    }

    // Tier 1

    @Nullable Page cached(long key) {
        return this.cache.getIfPresent(key);
    }

    void cache(long key, Page page) {
        this.cachedBytes.add(size(page));
        if (this.cache.asMap().put(key, page) == page) { // no removal is told of
            this.cachedBytes.add(-size(page));
        }
    }

    /** Caches a page unless another copy of it is there, and says which one is. */
    Page cacheIfAbsent(long key, Page page) {
        this.cachedBytes.add(size(page));
        Page present = this.cache.asMap().putIfAbsent(key, page);
        if (present == null) {
            return page;
        }
        this.cachedBytes.add(-size(page));
        return present;
    }

    void forget(long key) {
        this.cache.invalidate(key);
    }

    // Tier 2

    /**
     * Reads the image of a page from the modified-page file, verified. Waits no longer
     * than {@code device-timeout} if the file may hang.
     * @param array has room for it; after a failure never to be used again
     */
    ByteBuffer readImage(PageSpace space, int page, PageSlot slot, byte[] array) {
        ByteBuffer image = PageCodecs.view(array, slot.length());
        callFile("reading", () -> this.file.read(slot, image));
        image.rewind();
        String problem = PageCodecs.problem(image, space.stateId, page);
        if (problem != null) {
            throw damage(space, page, slot, problem);
        }
        return image;
    }

    /**
     * Calls the modified-page file, in a thread that can be left behind if it may hang.
     */
    private void callFile(String what, Runnable call) {
        if (this.file.mayHang()) {
            this.fileCalls.run(what + " " + this.file, call);
        }
        else {
            call.run();
        }
    }

    byte[] readSlot(PageSpace space, int page, PageSlot slot) {
        ByteBuffer image = readImage(space, page, slot, new byte[slot.length()]);
        return this.store.codecs().decode(image, (found) -> damage(space, page, slot, found));
    }

    private CorruptStateException damage(PageSpace space, int page, PageSlot slot, String found) {
        return this.file.corrupt(slot, "page " + page + " of state " + space.stateId, found);
    }

    void free(@Nullable PageSlot slot) {
        if (slot != null) {
            this.file.free(slot);
        }
    }

    /** Gives back what is empty of the modified-page file, after slots were freed. */
    public void deleteEmptyFiles() {
        try {
            callFile("deleting empty files of", this.file::deleteEmptyFiles);
        }
        catch (StorageUnavailableException ex) {
            // Nothing is lost but space, which still counts against the limit.
            logger.warn("could not give back empty files of modified pages: {}", ex.getMessage());
        }
    }

    /**
     * Waits, with nothing held, while too much is on its way to the modified-page file.
     */
    void awaitRoom() {
        this.spiller.awaitRoom(this.gate.inUnit());
    }

    // Tier 3

    byte @Nullable [] readStore(PageSpace space, int page, long word) {
        byte[] bytes = this.store.read(space.stateId, page, word);
        this.storeReads.incrementAndGet();
        return bytes;
    }

    // Restoring

    /** Every page and page table is being replaced. The gate is shut. */
    public void beginRestore() {
        this.restores.incrementAndGet();
    }

    /** They are replaced. */
    public void endRestore() {
        this.restores.incrementAndGet();
    }

    /** How often a restore has begun or ended. */
    long restores() {
        return this.restores.get();
    }

    /**
     * Waits, with nothing held, while a checkpoint is being restored: what would be found
     * meanwhile is of neither content.
     * @return the number of restores; what is found counts if it is the same afterwards
     */
    long awaitRestored() {
        long present = this.restores.get();
        while ((present & 1) != 0) {
            checkOpen();
            this.gate.awaitOpen();
            present = this.restores.get();
        }
        return present;
    }

    // States and cuts

    void add(PageSpace space) {
        this.spaces.add(space);
    }

    void remove(PageSpace space) {
        this.spaces.remove(space);
    }

    /** The number of the present cut; what was changed under a smaller one is frozen. */
    long generation() {
        return this.generation.get();
    }

    /** Begins another generation. The gate is closed and no writer inside. */
    void nextGeneration() {
        this.generation.incrementAndGet();
    }

    @Override
    public void freeCopies() {
        this.spaces.forEach((space) -> space.takeCleanSlots(this::free));
    }

    // What the operator sees

    /** Hits and misses of the cache, and what left it. */
    public CacheStats cacheStats() {
        return this.cache.stats();
    }

    /** The pages in the cache, about. */
    public long cachedPages() {
        return this.cache.estimatedSize();
    }

    /** The bytes of the pages in the cache, about. */
    public long cachedBytes() {
        return this.cachedBytes.sum();
    }

    /**
     * The bytes of pages that left the cache and are not in the modified-page file yet.
     */
    public long leavingBytes() {
        return this.spiller.leavingBytes();
    }

    /** How often a page was read from the page store. */
    public long storeReads() {
        return this.storeReads.get();
    }

    /** The modified-page file. */
    public ModifiedPageFile file() {
        return this.file;
    }

    /**
     * Why the last page could not be written to the modified-page file, null if it could.
     */
    public @Nullable Throwable spillFailure() {
        return this.spiller.failure();
    }

    /** Lets whoever waits fail, and gives the modified-page file back. */
    @Override
    public void close() {
        this.spiller.close();
        try {
            this.file.close();
        }
        finally {
            this.store.codecs().close();
        }
    }

}
