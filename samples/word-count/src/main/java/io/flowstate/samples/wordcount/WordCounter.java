package io.flowstate.samples.wordcount;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.ValueState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Reads the book and counts its words, on a thread of its own, from the position in the
 * newest checkpoint on.
 *
 * <p>
 * A line is one unit of work: its counts and the new position are in a checkpoint
 * together or not at all. So a line that is read again after a crash is one whose counts
 * the crash took back.
 */
final class WordCounter implements SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(WordCounter.class);

    private static final int TOP = 20;

    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StateManager state;

    private final CounterState<String> words;

    private final SortedMapState<String, Long> byName; // the same counts, in order

    private final ValueState<Position> position;

    private final Book book;

    private final Settings settings;

    private final LongSupplier nanoTime;

    private final Position recovered;

    private final @Nullable Checkpoint recoveredCheckpoint;

    private final CountDownLatch ended = new CountDownLatch(1); // all passes done, or
                                                                // failed

    private volatile CountDownLatch stopRequested = new CountDownLatch(1); // written by
                                                                           // start

    private volatile @Nullable Thread thread; // written by start and stop

    private volatile Position current; // written by the counting thread

    private volatile Progress.Status status = Progress.Status.STOPPED; // as current

    WordCounter(StateManager state, Book book, Settings settings, LongSupplier nanoTime) {
        this.state = state;
        StateScope scope = state.scope("word-count");
        this.words = scope.counters("words", Serializers.string());
        this.byName = scope.sortedMap("by-name", Serializers.string(), Serializers.int64());
        this.position = scope.value("position", Position.SERIALIZER);
        this.book = book;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.recoveredCheckpoint = state.lastCheckpoint().orElse(null);
        Position found = this.position.get();
        this.recovered = (found != null) ? found : Position.START;
        this.current = this.recovered;
        if (this.recoveredCheckpoint != null) {
            logger.info("recovered checkpoint {}: {}", this.recoveredCheckpoint.version(), this.recovered);
        }
        else {
            logger.info("no checkpoint yet: counting from the beginning");
        }
    }

    CounterState<String> words() {
        return this.words;
    }

    SortedMapState<String, Long> byName() {
        return this.byName;
    }

    Progress progress() {
        Position position = this.current;
        return new Progress(this.status, position.pass(), this.settings.passes(), position.line(),
                this.book.lineCount(), this.recovered, version(this.recoveredCheckpoint),
                version(this.state.lastCheckpoint().orElse(null)));
    }

    private static @Nullable Long version(@Nullable Checkpoint checkpoint) {
        return (checkpoint != null) ? checkpoint.version() : null;
    }

    /**
     * Counts the words of a text that is not the book's. Any thread may call it.
     * @param text the text; no one reads it again, so a crash takes back what no
     * checkpoint has
     * @return each of its words with its count
     */
    List<CountedWord> count(String text) {
        List<CountedWord> counted = new ArrayList<>();
        this.state.update(() -> Words.forEach(text, (word) -> counted.add(countWord(word))));
        return counted;
    }

    /**
     * Waits until all passes are done.
     * @return false if the counting failed
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    boolean awaitEnd() throws InterruptedException {
        this.ended.await();
        return this.status != Progress.Status.FAILED;
    }

    @Override
    public synchronized void start() {
        if (this.thread != null) {
            return;
        }
        this.stopRequested = new CountDownLatch(1);
        this.status = Progress.Status.COUNTING;
        Thread thread = new Thread(this::run, "word-counter");
        this.thread = thread;
        thread.start();
    }

    @Override
    public synchronized void stop() {
        Thread thread = this.thread;
        if (thread == null) {
            return;
        }
        this.stopRequested.countDown();
        try {
            thread.join();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        this.thread = null;
    }

    @Override
    public boolean isRunning() {
        return this.thread != null;
    }

    private void run() {
        try {
            countPasses();
            if (isDone()) {
                finish();
            }
            else {
                this.status = Progress.Status.STOPPED;
            }
        }
        catch (IOException | InterruptedException | RuntimeException ex) {
            this.status = Progress.Status.FAILED;
            logger.error("counting failed at {}", this.current, ex);
            this.ended.countDown();
        }
    }

    private boolean isDone() {
        Position position = this.current;
        return position.pass() > this.settings.passes()
                || (position.pass() == this.settings.passes() && position.line() >= this.book.lineCount());
    }

    private void countPasses() throws IOException, InterruptedException {
        Reporter reporter = new Reporter();
        Pace pace = new Pace(this.settings.rate(), this.nanoTime);
        while (!isDone() && !stopIsRequested()) {
            if (this.current.line() >= this.book.lineCount()) {
                this.current = this.current.nextPass();
            }
            countPass(pace, reporter);
        }
    }

    private void countPass(Pace pace, Reporter reporter) throws IOException, InterruptedException {
        try (BufferedReader lines = this.book.linesAfter(this.current.line())) {
            String line = lines.readLine();
            while (line != null) {
                long wait = pace.nanosUntilNext();
                if (this.stopRequested.await(wait, TimeUnit.NANOSECONDS)) {
                    return;
                }
                count(line, this.current.nextLine());
                reporter.lineCounted();
                line = lines.readLine();
            }
        }
    }

    private void count(String line, Position next) {
        this.state.update(() -> {
            Words.forEach(line, this::countWord);
            this.position.set(next);
        });
        this.current = next;
    }

    private CountedWord countWord(String word) {
        this.byName.merge(word, 1L, Long::sum);
        return new CountedWord(word, this.words.add(word, 1));
    }

    private boolean stopIsRequested() {
        return this.stopRequested.getCount() == 0;
    }

    private void finish() {
        Checkpoint checkpoint = this.state.checkpoint();
        List<CountedWord> top = CountedWord.top(this.words, TOP);
        StringBuilder table = new StringBuilder();
        for (CountedWord counted : top) {
            table.append(String.format(Locale.ROOT, "%n%12d  %s", counted.count(), counted.word()));
        }
        logger.info("all passes are done and in checkpoint {}; the {} most frequent words:{}", checkpoint.version(),
                top.size(), table);
        this.status = Progress.Status.DONE;
        this.ended.countDown();
    }

    /** Says once a second how far the counting has come. */
    private final class Reporter {

        private long lastAt = WordCounter.this.nanoTime.getAsLong();

        private long linesSince;

        void lineCounted() {
            this.linesSince++;
            long now = WordCounter.this.nanoTime.getAsLong();
            long nanos = now - this.lastAt;
            if (nanos >= PROGRESS_NANOS) {
                Progress progress = progress();
                logger.info("pass {} of {}, line {} of {}, {} lines a second, last checkpoint {}", progress.pass(),
                        progress.passes(), progress.line(), progress.lines(),
                        this.linesSince * TimeUnit.SECONDS.toNanos(1) / nanos,
                        (progress.lastCheckpoint() != null) ? progress.lastCheckpoint() : "none");
                this.linesSince = 0;
                this.lastAt = now;
            }
        }

    }

}
