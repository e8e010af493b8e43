package io.flowstate.internal.hybridlog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

import io.flowstate.internal.epoch.Epochs;

/**
 * The part of the record log that lies in memory, and the boundaries that divide the log,
 * as in FASTER (SIGMOD 2018).
 *
 * <pre>
 *   begin        head        flushedUntil   safeReadOnly   readOnly        tail
 *     | device only |  in memory and  |  in memory,  | settling  |  in memory,  |
 *     |             |  on the device  |  unchanging  |           |  changeable  |
 * </pre>
 *
 * Always: begin <= head <= flushedUntil <= safeReadOnly <= readOnly <= tail. No address
 * moves back. Any thread may read a boundary.
 * <ul>
 * <li>tail moves by {@link #allocate}, in the epoch, and by {@link #cut}, with the gate
 * closed;</li>
 * <li>readOnly moves when the tail enters a page, and with a cut;</li>
 * <li>safeReadOnly follows readOnly once everyone who might have seen the older readOnly
 * has left the epoch ({@link #settle}). Between the two a change waits: it leaves the
 * epoch, settles, and tries again;</li>
 * <li>flushedUntil follows safeReadOnly after a successful sync, head follows
 * flushedUntil, both moved by the {@link LogFlusher}.</li>
 * </ul>
 *
 * <p>
 * Pages lie in a table whose slot is the page number modulo a power of two; there are
 * fewer frames than slots, and the flusher moves a frame from a page that left memory to
 * one that is to come. Records may be allocated up to {@code room}, the end of the last
 * page that has a frame.
 */
public final class HybridLog {

    /**
     * What {@link #allocate} returns if the memory is full: leave the epoch, wait for
     * room, try again.
     */
    public static final long NO_ROOM = -1;

    /** What smaller records leave unused at the end of a page is not worth counting. */
    private static final int SMALL_SHARE = 64;

    private static final VarHandle TAIL = handle("tail");

    private static final VarHandle READ_ONLY = handle("readOnly");

    private static final VarHandle SAFE_READ_ONLY = handle("safeReadOnly");

    private static final VarHandle NOT_WANTED = handle("notWanted");

    private final Epochs epochs;

    private final int pageBits;

    private final int pageSize;

    private final int mutablePages;

    private final int sparePages;

    private final ByteBuffer[] table; // slots of pages from head to room are set; others
                                      // are the flusher's

    private final ReentrantLock settling = new ReentrantLock(); // held while safeReadOnly
                                                                // follows, and by a
                                                                // restart

    private volatile long begin; // written by who has the turn to clean

    private volatile long head; // written by the flusher

    private volatile long flushedUntil; // written by the flusher

    private volatile long safeReadOnly; // compare-and-set upwards

    private volatile long readOnly; // compare-and-set upwards

    private volatile long tail; // compare-and-set

    private volatile long room; // written by the flusher

    private volatile long notWanted; // what lies before it need not stay in memory;
                                     // compare-and-set upwards

    private volatile Runnable pageEntered = () -> {
    };

    /**
     * Creates a log whose memory is still to be {@linkplain #frames given}.
     * @param epochs the epochs that its users enter
     * @param pageSize the size of a page, a power of two
     * @param pageCount the pages of memory, at least 4
     * @param begin what lies before it is deleted
     * @param tail where the first record goes; a multiple of the block size
     */
    public HybridLog(Epochs epochs, int pageSize, int pageCount, long begin, long tail) {
        this.epochs = epochs;
        this.pageSize = pageSize;
        this.pageBits = Integer.numberOfTrailingZeros(pageSize);
        this.table = new ByteBuffer[Integer.highestOneBit(pageCount - 1) << 1];
        this.sparePages = Math.max(1, pageCount / 8);
        this.mutablePages = pageCount - 2 * this.sparePages;
        reset(begin, tail);
        this.room = tail;
    }

    private void reset(long newBegin, long newTail) {
        this.begin = newBegin;
        this.head = newTail;
        this.notWanted = newTail;
        this.flushedUntil = newTail;
        this.safeReadOnly = newTail;
        this.readOnly = newTail;
        this.tail = newTail;
    }

    /**
     * Gives the log its memory, while nobody can allocate a record: from the page of the
     * tail on.
     * @param frames as many as there are pages, little-endian
     */
    public void frames(ByteBuffer[] frames) {
        long firstPage = pageOf(this.tail);
        for (int i = 0; i < frames.length; i++) {
            this.table[slotOf(firstPage + i)] = frames[i];
        }
        this.room = (firstPage + frames.length) << this.pageBits;
    }

    /**
     * Empties the memory and goes on elsewhere, as a new run does. The flusher's thread
     * only, with nobody in the epoch and none who may enter: boundaries move back.
     * @param newBegin what lies before it is deleted
     * @param newTail where the next record goes; a multiple of the block size
     */
    void restart(long newBegin, long newTail) {
        ByteBuffer[] frames = new ByteBuffer[2 * this.sparePages + this.mutablePages];
        long firstPage = (this.room >>> this.pageBits) - frames.length;
        for (int i = 0; i < frames.length; i++) {
            frames[i] = this.table[slotOf(firstPage + i)];
        }
        this.settling.lock(); // who settles is in no epoch, and must not raise a boundary
                              // to where it was
        try {
            reset(newBegin, newTail);
            frames(frames);
        }
        finally {
            this.settling.unlock();
        }
    }

    private static VarHandle handle(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(HybridLog.class, field, long.class);
        }
        catch (ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    /**
     * Says what to do when the tail has entered a page. Called inside the epoch: it must
     * not wait.
     */
    void onPageEntered(Runnable action) {
        this.pageEntered = action;
    }

    private long pageOf(long address) {
        return address >>> this.pageBits;
    }

    private int slotOf(long page) {
        return (int) page & (this.table.length - 1);
    }

    /**
     * The page in memory that an address at or above head lies in; valid while the caller
     * stays in its epoch.
     */
    public ByteBuffer page(long address) {
        return this.table[slotOf(pageOf(address))];
    }

    /** Where in its page an address lies. */
    public int offset(long address) {
        return (int) address & (this.pageSize - 1);
    }

    /**
     * How much of the log a record of a size takes if all are like it, with what is left
     * unused at the end of each page.
     */
    public int footprint(int size) {
        return (size <= this.pageSize / SMALL_SHARE) ? size : this.pageSize / (this.pageSize / size);
    }

    /** The largest record, in bytes. */
    public int pageSize() {
        return this.pageSize;
    }

    /**
     * Makes room for a record at the tail; a dead record of its size until the caller
     * {@linkplain LogRecord#write writes} it, which it does before it leaves the epoch.
     * @param size the size in bytes, a multiple of eight, at most a page
     * @return the address, or {@link #NO_ROOM}
     */
    public long allocate(int size) {
        while (true) {
            long start = this.tail;
            int left = this.pageSize - offset(start);
            boolean fits = size <= left;
            long end = start + (fits ? size : left);
            if (end > this.room) {
                return NO_ROOM;
            }
            if (!TAIL.compareAndSet(this, start, end)) {
                Thread.onSpinWait();
                continue;
            }
            if (left == this.pageSize) {
                enteredPage(pageOf(start));
            }
            if (fits) {
                LogRecord.initialize(page(start), offset(start), size);
                return start;
            }
            LogRecord.writePadding(page(start), offset(start), left);
        }
    }

    private void enteredPage(long page) {
        raise(READ_ONLY, (page - this.mutablePages + 1) << this.pageBits);
        this.pageEntered.run();
    }

    private void raise(VarHandle boundary, long address) {
        for (long old = (long) boundary.getVolatile(this); old < address; old = (long) boundary.getVolatile(this)) {
            if (boundary.compareAndSet(this, old, address)) {
                return;
            }
        }
    }

    /**
     * Lets safeReadOnly follow readOnly. Called outside the epoch; waits until those
     * inside have left.
     */
    public void settle() {
        this.settling.lock();
        try {
            long settled = this.readOnly;
            if (settled > this.safeReadOnly) {
                this.epochs.synchronize();
                raise(SAFE_READ_ONLY, settled);
            }
        }
        finally {
            this.settling.unlock();
        }
    }

    /**
     * Makes everything written so far unchanging. Called with the gate closed and no
     * writer inside.
     * @return the cut: all earlier records lie before it, all later ones at or after it
     */
    public long cut() {
        long start = this.tail;
        long end = LogAddress.alignToBlock(start);
        if (end != start) {
            LogRecord.writePadding(page(start), offset(start), (int) (end - start));
            this.tail = end;
        }
        raise(READ_ONLY, end);
        raise(SAFE_READ_ONLY, end);
        return end;
    }

    // What the flusher moves.

    void flushedUntil(long address) {
        this.flushedUntil = address;
    }

    /** How far a flush that begins at an address goes before it is synced. */
    long batchEnd(long address) {
        return (pageOf(address) + this.sparePages) << this.pageBits;
    }

    /**
     * Where head should be so that spare pages are free ahead of the tail, as far as
     * flushing has come.
     */
    long desiredHead() {
        long lastKept = pageOf(Math.max(this.tail - 1, this.head)) - this.mutablePages - this.sparePages + 1;
        return Math.min(Math.max(lastKept << this.pageBits, this.notWanted), this.flushedUntil);
    }

    /** Lets head move to an address, as soon as all before it is flushed. */
    void notWanted(long address) {
        raise(NOT_WANTED, address);
    }

    /**
     * Lets pages leave memory and gives their frames to pages to come. Waits until those
     * inside have left.
     */
    void moveHead(long address) {
        long firstGone = pageOf(this.head);
        this.head = address;
        this.epochs.synchronize();
        long roomPage = pageOf(this.room);
        for (long gone = firstGone; gone < pageOf(address); gone++, roomPage++) {
            ByteBuffer frame = this.table[slotOf(gone)];
            this.table[slotOf(roomPage)] = frame;
        }
        this.room = roomPage << this.pageBits;
    }

    /** Lets the log begin later. */
    public void begin(long address) {
        this.begin = address;
    }

    public long begin() {
        return this.begin;
    }

    public long head() {
        return this.head;
    }

    public long flushedUntil() {
        return this.flushedUntil;
    }

    public long safeReadOnly() {
        return this.safeReadOnly;
    }

    public long readOnly() {
        return this.readOnly;
    }

    public long tail() {
        return this.tail;
    }

    /** Whether a record of a size could be allocated now. */
    boolean hasRoom(int size) {
        long start = this.tail;
        int left = this.pageSize - offset(start);
        return start + ((size <= left) ? size : (left + size)) <= this.room;
    }

}
