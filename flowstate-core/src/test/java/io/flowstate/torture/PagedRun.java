package io.flowstate.torture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import io.flowstate.Checkpoint;
import io.flowstate.PageStructure;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * One history of paged states on a store in memory, over several openings, compared with
 * collections, and their pages checked. Belongs to one thread.
 */
final class PagedRun {

    private static final int SESSIONS = 3;

    private static final int STEPS = 260; // of a session

    private static final int KEEP = 3;

    private static final int[] CACHED = { 1, 2, 10 };

    private static final Compression OWN_CODEC = Compression.of("my-zlib", DeflaterOutputStream::new,
            InflaterInputStream::new);

    private static final List<Compression> CODECS = List.of(Compression.none(), Compression.zlib(), Compression.zstd(),
            OWN_CODEC);

    private final SplittableRandom random;

    /** Whether nothing is to be found by the next opening. */
    private final boolean temporaryStorage;

    private final List<PagedSubject> subjects = new ArrayList<>();

    /** What each version known holds: the content of each state that it has. */
    private final Map<Long, Map<PagedSubject, Object>> versions = new HashMap<>();

    private MemoryDisk disk = MemoryDisk.empty();

    private boolean ownCodec; // then no opening can do without it

    private Map<PagedSubject, Object> last = Map.of(); // what the newest version holds

    private @Nullable CompletableFuture<Checkpoint> pending;

    private Map<PagedSubject, Object> pendingContent = Map.of();

    int checkpoints;

    int restores;

    int crashes;

    PagedRun(SplittableRandom random, StateKind kind, boolean temporary, boolean temporaryStorage) {
        this.random = random;
        this.temporaryStorage = temporaryStorage;
        this.subjects.add(PagedSubject.of("main", kind, temporary, random.split()));
        StateKind[] kinds = { StateKind.SORTED_MAP, StateKind.QUEUE, StateKind.APPEND };
        this.subjects.add(PagedSubject.of("other", kinds[random.nextInt(3)], false, random.split()));
        StateKind[] fleeting = { StateKind.SORTED_MAP, StateKind.QUEUE, StateKind.MAP };
        this.subjects.add(PagedSubject.of("fleeting", fleeting[random.nextInt(3)], true, random.split()));
    }

    void work() {
        for (int session = 0; session < SESSIONS; session++) {
            this.versions.keySet().retainAll(work(session));
            if (this.temporaryStorage) {
                this.last = Map.of();
                this.ownCodec = false;
            }
        }
    }

    /** Returns the versions that the next session may find. */
    private List<Long> work(int session) {
        MemoryDisk left;
        List<Long> kept;
        try (StateManager manager = StateManager.open(options())) {
            this.subjects.forEach((subject) -> {
                assertThat(PagedSubject.scope(manager).exists(subject.name))
                    .as("%s exists in session %d", subject, session)
                    .isEqualTo(this.last.containsKey(subject));
                subject.open(manager);
            });
            expect(this.last);
            checkAll(manager);
            for (int step = 0; step < STEPS; step++) {
                step(manager);
            }
            join();
            boolean killed = this.random.nextBoolean();
            this.crashes += killed ? 1 : 0;
            left = killed ? this.disk.copy() : this.disk;
            kept = manager.checkpoints().stream().map(Checkpoint::version).toList();
        }
        this.disk = left;
        return kept;
    }

    private StateManagerOptions options() {
        int pageSize = 64 << 10 << this.random.nextInt(2);
        Compression codec = this.ownCodec ? OWN_CODEC : CODECS.get(this.random.nextInt(CODECS.size()));
        this.ownCodec = codec == OWN_CODEC;
        return StateManagerOptions.builder()
            .persistentStorage(storage())
            .pageSize(pageSize)
            .memorySize((4L + this.random.nextInt(3)) * pageSize)
            .segmentSize((long) pageSize << this.random.nextInt(2))
            .indexMemory(1 << 20)
            .replayLimit(64 << 10)
            .checkpointsToKeep(KEEP)
            .cachePageCount(CACHED[this.random.nextInt(CACHED.length)])
            .cacheMemory(1 << 20)
            .statePageSize(4096 << this.random.nextInt(3))
            .compression(codec)
            .temporaryDirectory(this.disk.files(), Path.of("/store/temporary"))
            .readCache(this.random.nextBoolean())
            .build();
    }

    private Storage storage() {
        return this.temporaryStorage
                ? Storage.of(LogDeviceFactory.temporary(Path.of("/store/temporary"), this.disk.files()),
                        CheckpointManager.temporary())
                : Storage.of(this.disk.log(), this.disk.checkpoints());
    }

    private void step(StateManager manager) {
        int dice = this.random.nextInt(200);
        PagedSubject subject = this.subjects.get(Math.max(0, this.random.nextInt(7) - 4));
        if (dice < 180) {
            if (this.random.nextInt(6) == 0) {
                manager.update(() -> {
                    for (int turn = this.random.nextInt(8); turn >= 0; turn--) {
                        subject.step();
                    }
                });
            }
            else {
                subject.step();
            }
        }
        else if (dice < 186) {
            begin(manager);
        }
        else if (dice < 190) {
            begin(manager);
            join();
            checkAll(manager);
        }
        else if (dice < 192) {
            join();
            manager.compact();
            hold(manager.lastCheckpoint().orElseThrow(), contents());
            checkAll(manager);
        }
        else if (dice < 195) {
            restore(manager);
        }
        else if (dice == 195) {
            subject.clear();
        }
        else if (dice == 196) {
            drop(manager, subject);
        }
        else {
            join();
        }
    }

    /** What a checkpoint has now. */
    private Map<PagedSubject, Object> contents() {
        Map<PagedSubject, Object> contents = new HashMap<>();
        this.subjects.forEach((subject) -> {
            if (!subject.temporary) {
                contents.put(subject, subject.content());
            }
        });
        return contents;
    }

    private void begin(StateManager manager) {
        join();
        this.pendingContent = contents();
        this.pending = manager.checkpointAsync();
    }

    private void join() {
        if (this.pending != null) {
            hold(this.pending.join(), this.pendingContent);
            this.pending = null;
        }
    }

    private void hold(Checkpoint version, Map<PagedSubject, Object> content) {
        this.checkpoints++;
        this.last = content;
        this.versions.put(version.version(), content);
    }

    private void restore(StateManager manager) {
        join();
        List<Long> known = manager.checkpoints()
            .stream()
            .map(Checkpoint::version)
            .filter(this.versions::containsKey)
            .toList();
        if (this.temporaryStorage) {
            assertThat(known).isEmpty();
            assertThatIllegalStateException().isThrownBy(() -> manager.restore(1))
                .withMessageContaining("temporary storage");
            return;
        }
        if (known.isEmpty()) {
            return;
        }
        long version = known.get(this.random.nextInt(known.size()));
        Map<PagedSubject, Object> content = this.versions.getOrDefault(version, Map.of());
        List<StateCursor<?, ?>> cursors = new ArrayList<>();
        this.subjects.forEach((subject) -> {
            StateCursor<?, ?> cursor = subject.cursor();
            if (cursor != null) {
                cursors.add(cursor);
            }
        });
        Checkpoint restored = manager.restore(version);
        this.restores++;
        cursors.forEach((cursor) -> assertThatIllegalStateException().isThrownBy(cursor::advance));
        for (PagedSubject subject : this.subjects) {
            if (!subject.temporary && !content.containsKey(subject)) {
                assertThatIllegalStateException().as("%s", subject)
                    .isThrownBy(subject::size)
                    .withMessageContaining(subject.name);
                subject.open(manager);
            }
        }
        expect(content);
        hold(restored, content);
        checkAll(manager);
    }

    private static void drop(StateManager manager, PagedSubject subject) {
        assertThat(PagedSubject.scope(manager).drop(subject.name)).isTrue();
        assertThatIllegalStateException().isThrownBy(subject::size).withMessageContaining(subject.name);
        assertThat(PagedSubject.scope(manager).exists(subject.name)).isFalse();
        subject.open(manager);
        subject.expect(null);
    }

    private void expect(Map<PagedSubject, Object> content) {
        this.subjects.forEach((subject) -> subject.expect(content.get(subject)));
    }

    private void checkAll(StateManager manager) {
        for (PagedSubject subject : this.subjects) {
            try {
                subject.compare();
                if (subject.kind != StateKind.MAP) {
                    PageStructure.check(manager, subject.kind, subject.name);
                }
            }
            catch (Throwable ex) {
                throw new AssertionError(
                        subject + " after " + this.checkpoints + " checkpoints and " + this.restores + " restores", ex);
            }
        }
        PageStructure.checkModifiedPageFile(manager);
    }

}
