package io.flowstate.internal.page;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.flowstate.storage.CorruptStateException;

/**
 * A paged state whose pages lie in a map, for tests of what is made of pages. It is as
 * awkward as the real one may be: pages are missing at random, changing one may give
 * another array, and an action that needs a missing page after its first change fails the
 * test. One lock instead of optimistic reads.
 */
public final class HeapPagedState implements PagedState {

    private final ReentrantLock lock = new ReentrantLock();

    private final int pageSize;

    private final SplittableRandom random;

    private final Map<Integer, byte[]> pages = new TreeMap<>();

    private final Set<Integer> resident = new HashSet<>();

    private long[] fields = new long[PageView.FIELDS];

    private int nextPage = 1;

    private boolean damaged;

    /**
     * Creates a state without pages.
     * @param pageSize the length of a full page in bytes
     * @param random decides what is missing
     */
    public HeapPagedState(int pageSize, SplittableRandom random) {
        this.pageSize = pageSize;
        this.random = random;
    }

    @Override
    public int pageSize() {
        return this.pageSize;
    }

    @Override
    public <R> R read(Function<? super PageView, R> action) {
        return run(action);
    }

    @Override
    public <R> R change(Function<? super PageEditor, R> action) {
        return run(action);
    }

    private <R> R run(Function<? super PageEditor, R> action) {
        this.lock.lock();
        try {
            this.resident.removeIf((page) -> this.random.nextInt(3) == 0);
            while (true) {
                Editor editor = new Editor();
                try {
                    return action.apply(editor);
                }
                catch (PageMissingException ex) {
                    if (editor.changed) {
                        throw new AssertionError("page " + ex.page() + " is needed after the first change", ex);
                    }
                    this.resident.add(ex.page());
                }
            }
        }
        finally {
            this.lock.unlock();
        }
    }

    @Override
    public long restores() {
        return 0;
    }

    @Override
    public void clear() {
        this.lock.lock();
        try {
            this.pages.clear();
            this.fields = new long[PageView.FIELDS];
        }
        finally {
            this.lock.unlock();
        }
    }

    @Override
    public CorruptStateException corrupt(int page, String found) {
        return new CorruptStateException("page " + page, 0, "a page of this kind", found);
    }

    /**
     * The bytes of a page, to be damaged by the test. From now on a page that is asked
     * for and does not exist is damage, and no mistake of the one who asks.
     */
    public byte[] damage(int page) {
        this.lock.lock();
        try {
            this.damaged = true;
            return Objects.requireNonNull(this.pages.get(page));
        }
        finally {
            this.lock.unlock();
        }
    }

    /** The numbers of all pages that exist, to be compared with those that are used. */
    public Set<Integer> pages() {
        return Set.copyOf(this.pages.keySet());
    }

    /**
     * Damages a page behind the back of the state. From then on, it is no mistake of an
     * action to ask for a page that does not exist, but damage.
     * @param page its number
     * @param damage given the bytes of the page; returns what they are to be
     */
    public void damage(int page, UnaryOperator<byte[]> damage) {
        this.lock.lock();
        try {
            this.pages.computeIfPresent(page, (same, bytes) -> damage.apply(bytes));
            this.damaged = true;
        }
        finally {
            this.lock.unlock();
        }
    }

    private final class Editor implements PageEditor {

        private boolean changed;

        private void checkLength(int length) {
            if (length > HeapPagedState.this.pageSize) {
                throw new AssertionError("a page of " + length + " bytes is longer than a full page");
            }
        }

        private byte[] existing(int page) {
            byte[] bytes = HeapPagedState.this.pages.get(page);
            if (bytes == null && HeapPagedState.this.damaged) {
                throw corrupt(page, "nothing");
            }
            if (bytes == null) {
                throw new AssertionError("there is no page " + page);
            }
            return bytes;
        }

        @Override
        public byte[] page(int page) {
            byte[] bytes = existing(page);
            if (!HeapPagedState.this.resident.contains(page)) {
                throw new PageMissingException(page);
            }
            return bytes;
        }

        @Override
        public byte[] change(int page) {
            byte[] bytes = page(page);
            this.changed = true;
            if (HeapPagedState.this.random.nextInt(4) == 0) {
                byte[] copy = bytes.clone();
                HeapPagedState.this.pages.put(page, copy);
                Arrays.fill(bytes, (byte) 0xEE); // who goes on with it shall notice
                return copy;
            }
            return bytes;
        }

        @Override
        public int allocate(int length) {
            checkLength(length);
            this.changed = true;
            int page = HeapPagedState.this.nextPage++;
            HeapPagedState.this.pages.put(page, new byte[length]);
            HeapPagedState.this.resident.add(page);
            return page;
        }

        @Override
        public byte[] resize(int page, int length) {
            checkLength(length);
            byte[] bytes = page(page);
            this.changed = true;
            byte[] resized = Arrays.copyOf(bytes, length);
            HeapPagedState.this.pages.put(page, resized);
            Arrays.fill(bytes, (byte) 0xEE);
            return resized;
        }

        @Override
        public byte[] replace(int page, int length) {
            checkLength(length);
            byte[] bytes = existing(page);
            this.changed = true;
            HeapPagedState.this.resident.add(page);
            if (bytes.length == length && HeapPagedState.this.random.nextBoolean()) {
                return bytes;
            }
            HeapPagedState.this.pages.put(page, new byte[length]);
            Arrays.fill(bytes, (byte) 0xEE);
            return Objects.requireNonNull(HeapPagedState.this.pages.get(page));
        }

        @Override
        public void checkInUse(int page) {
            existing(page);
        }

        @Override
        public void free(int page) {
            existing(page);
            this.changed = true;
            HeapPagedState.this.pages.remove(page);
        }

        @Override
        public long field(int index) {
            return HeapPagedState.this.fields[index];
        }

        @Override
        public void field(int index, long value) {
            this.changed = true;
            HeapPagedState.this.fields[index] = value;
        }

    }

}
