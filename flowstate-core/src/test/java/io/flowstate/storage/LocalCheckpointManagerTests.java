package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.RecordingFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LocalCheckpointManager}: files, damage, crashes and faults. What every
 * checkpoint manager keeps is in the contract.
 */
class LocalCheckpointManagerTests {

    private static final Path DIRECTORY = Path.of("/data/checkpoints");

    private static final Path MANIFEST = DIRECTORY.resolve("manifest");

    private static final UUID STORE_ID = new UUID(1, 2);

    private final MemoryFiles files = new MemoryFiles();

    @Test
    void thereAreTheFilesThatTheDocumentationNames() {
        CheckpointManager manager = open(this.files);
        manager.commit(manifest(0));
        manager.write(name(1), ByteBuffer.allocate(3));
        manager.commit(manifest(1, 1));

        assertThat(this.files.paths()).containsExactly(file(name(1) + ".meta"), file("flowstate.lock"),
                file("flowstate.owner"), MANIFEST);
        assertThat(this.files.content(file("flowstate.owner"))).asString(StandardCharsets.UTF_8).isEqualTo("test");
        assertThat(manager.describe(name(1))).isEqualTo(DIRECTORY + "/" + name(1) + ".meta");
        assertThat(manager.describeManifest()).isEqualTo(MANIFEST.toString());
        manager.close();
        assertThat(this.files.paths()).containsExactly(file(name(1) + ".meta"), file("flowstate.lock"), MANIFEST);
    }

    @Test
    void metadataWithoutAManifestIsDamage() {
        this.files.replace(file(name(1) + ".meta"), new byte[1]);

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> open(this.files))
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(MANIFEST.toString()))
            .withMessageContaining(name(1) + ".meta");
    }

    @Test
    void anyDamageOfTheManifestIsFoundAndLeavesEveryFile() {
        CheckpointManager manager = open(this.files);
        manager.write(name(1), ByteBuffer.allocate(3));
        manager.commit(manifest(1, 1));
        manager.close();
        this.files.replace(file("manifest.tmp"), new byte[10]);
        byte[] sound = this.files.content(MANIFEST);

        for (int offset = 0; offset < sound.length; offset++) {
            this.files.damage(MANIFEST, offset, 1 << offset % 8);
            MemoryFiles before = this.files.copy();

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> open(this.files))
                .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(MANIFEST.toString()));

            assertThat(this.files.paths()).isEqualTo(before.paths());
            before.paths().forEach((path) -> assertThat(this.files.content(path)).isEqualTo(before.content(path)));
            this.files.replace(MANIFEST, sound);
        }
        CheckpointManager again = CheckpointManager.local(DIRECTORY, this.files);
        assertThat(again.open("test")).contains(manifest(1, 1));
    }

    @Test
    void aManifestOfAnyLengthIsNotBelieved() {
        for (int length : new int[] { 0, 1, 55, 59, 60, 4096, ManifestFormat.MAX_LENGTH + 1 }) {
            this.files.replace(MANIFEST, new byte[length]);

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> open(this.files));
        }
    }

    @Test
    void whatACrashLeftOfTheNextManifestIsRemoved() {
        this.files.replace(file("manifest.tmp"), new byte[10]);

        CheckpointManager manager = CheckpointManager.local(DIRECTORY, this.files);

        assertThat(manager.open("test")).isEmpty();
        assertThat(this.files.exists(file("manifest.tmp"))).isFalse();
    }

    @Test
    void otherFilesAreLeftAlone() {
        List<Path> others = List.of(file("Upper.meta"), file(".meta"), file("a.b.meta"), file("notes.txt"),
                file("x.metadata"), file("my-notes.meta"), file("checkpoint-1.meta"), file("x".repeat(101) + ".meta"),
                file("sub/" + name(1) + ".meta"));
        others.forEach((path) -> this.files.replace(path, new byte[] { 1 }));

        CheckpointManager manager = CheckpointManager.local(DIRECTORY, this.files);
        assertThat(manager.open("test")).isEmpty();
        assertThat(manager.names()).isEmpty();
        manager.commit(manifest(0));
        manager.close();
        manager.setAside("test");

        assertThat(this.files.paths()).containsAll(others);
    }

    @Test
    void aMetadataFileThatGrewOrShrankIsDamage() {
        CheckpointManager manager = open(this.files);
        manager.write(name(1), ByteBuffer.allocate(10));

        this.files.truncate(file(name(1) + ".meta"), 9);
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> manager.read(name(1), 10))
            .satisfies((ex) -> assertThat(ex.offset()).isEqualTo(9));
        this.files.replace(file(name(1) + ".meta"), new byte[11]);
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> manager.read(name(1), 10))
            .satisfies((ex) -> assertThat(ex.offset()).isEqualTo(10));
    }

    @Test
    void aDirectoryDeletedUnderTheWriterIsNotWrittenAnew() {
        CheckpointManager manager = open(this.files);
        manager.commit(manifest(0));

        this.files.deleteAll(DIRECTORY);

        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> manager.commit(manifest(1)))
            .withMessageContaining(DIRECTORY.toString());
        assertThatExceptionOfType(FencedException.class)
            .isThrownBy(() -> manager.write(name(1), ByteBuffer.allocate(1)));
        assertThat(this.files.paths()).isEmpty();
        manager.close();
    }

    @Test
    void aDirectoryReplacedUnderTheWriterBelongsToTheOther() {
        CheckpointManager manager = open(this.files);
        manager.commit(manifest(0));
        this.files.deleteAll(DIRECTORY);
        this.files.replace(file("flowstate.lock"), new byte[0]);
        this.files.replace(file(name(1) + ".meta"), new byte[1]);

        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> manager.commit(manifest(1)));
        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> manager.delete(name(1)));

        assertThat(this.files.paths()).containsExactly(file(name(1) + ".meta"), file("flowstate.lock"));
    }

    @ParameterizedTest
    @EnumSource(names = { "CREATE", "WRITE", "FORCE" })
    void aCommitThatOutlivesItsOpeningDoesNotReplaceTheManifestOfTheNext(FileCall held) throws Exception {
        FaultyFiles faulty = new FaultyFiles(this.files);
        CheckpointManager first = open(faulty);
        first.commit(manifest(0));
        Hold hold = faulty.hold(held);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> late = thread.submit(() -> first.commit(manifest(1, 1)));
            hold.awaitCaller();
            first.close();
            CheckpointManager second = open(this.files);
            second.commit(manifest(2, 2));

            hold.release();

            assertThatExceptionOfType(ExecutionException.class).isThrownBy(late::get)
                .withCauseInstanceOf(FencedException.class);
            assertThat(Manifest.decode(ByteBuffer.wrap(this.files.content(MANIFEST)), "test"))
                .isEqualTo(manifest(2, 2));
            second.commit(manifest(3, 2, 3));
            second.close();
        }
        finally {
            hold.release();
            thread.shutdownNow();
        }
    }

    @Test
    void aCallThatOutlivesItsOpeningFailsThoughTheSameObjectIsOpenAgain() throws Exception {
        FaultyFiles faulty = new FaultyFiles(this.files);
        CheckpointManager manager = open(faulty);
        manager.commit(manifest(0));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        List<Runnable> calls = List.of(() -> manager.commit(manifest(1, 1)), () -> manager.write(name(1), content(1)));
        try {
            for (Runnable call : calls) {
                try (Hold hold = faulty.hold(FileCall.FORCE)) {
                    Future<?> late = thread.submit(call);
                    hold.awaitCaller();
                    manager.close();
                    assertThat(manager.open("the next")).contains(manifest(0));

                    hold.release();

                    assertThatExceptionOfType(ExecutionException.class).isThrownBy(late::get)
                        .withCauseInstanceOf(FencedException.class);
                }
                assertThat(Manifest.decode(ByteBuffer.wrap(this.files.content(MANIFEST)), "test"))
                    .isEqualTo(manifest(0));
            }
            manager.commit(manifest(2, 2));
            manager.close();
        }
        finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aPowerCutLeavesTheManifestAcknowledgedOrTheOneBeingCommitted() {
        RecordingFiles recording = new RecordingFiles(this.files);
        Map<Manifest, Integer> order = new HashMap<>();
        CheckpointManager manager = open(recording);
        commit(manager, manifest(0), recording, order);
        for (int version = 1; version <= 6; version++) {
            manager.write(name(version), content(version));
            commit(manager, (version == 1) ? manifest(1, 1) : manifest(version, version - 1, version), recording,
                    order);
            if (version > 2) {
                manager.delete(name(version - 2));
            }
        }
        manager.close();

        SplittableRandom random = new SplittableRandom(3);
        for (int cut = 0; cut <= recording.operations(); cut++) {
            int acknowledged = recording.marksBefore(cut).size();
            for (int attempt = 0; attempt < 20; attempt++) {
                checkRemains(recording.rebuild(cut, random), order, acknowledged);
            }
        }
    }

    private static void commit(CheckpointManager manager, Manifest manifest, RecordingFiles recording,
            Map<Manifest, Integer> order) {
        order.put(manifest, order.size() + 1);
        manager.commit(manifest);
        recording.mark(manifest);
    }

    private static void checkRemains(MemoryFiles left, Map<Manifest, Integer> order, int acknowledged) {
        CheckpointManager reopened = CheckpointManager.local(DIRECTORY, left);
        Optional<Manifest> found = reopened.open("test");
        int number = found.map(order::get).orElse(0);
        assertThat(number).isBetween(acknowledged, acknowledged + 1);
        found.ifPresent((manifest) -> manifest.checkpoints().forEach((checkpoint) -> {
            MetadataObject object = checkpoint.objects().get(0);
            ByteBuffer content = reopened.read(object.name(), object.length());
            assertThat(content).isEqualTo(content((int) checkpoint.version()));
        }));
        reopened.close();
    }

    @Test
    void aPowerCutAfterReopeningDoesNotTakeBackWhatTheReopeningFound() {
        RecordingFiles first = new RecordingFiles(this.files);
        FaultyFiles faulty = new FaultyFiles(first);
        CheckpointManager manager = open(faulty);
        manager.commit(manifest(0));
        faulty.failCall(FileCall.FORCE_DIRECTORY, 1);
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> manager.commit(manifest(7)));
        manager.close();

        CheckpointManager reopened = CheckpointManager.local(DIRECTORY, first);
        Manifest found = reopened.open("test").orElseThrow();

        SplittableRandom random = new SplittableRandom(4);
        for (int attempt = 0; attempt < 50; attempt++) {
            MemoryFiles left = first.rebuild(first.operations(), random);
            assertThat(CheckpointManager.local(DIRECTORY, left).open("test")).contains(found);
        }
    }

    @Test
    void whereverACallFailsTheNextCommitIsDurable() {
        SplittableRandom random = new SplittableRandom(5);
        for (int nth = 1; nth <= 40; nth++) {
            RecordingFiles recording = new RecordingFiles(new MemoryFiles());
            FaultyFiles faulty = new FaultyFiles(recording);
            CheckpointManager manager = open(faulty);
            manager.commit(manifest(0));
            faulty.failCall(nth);
            try {
                manager.write(name(1), content(1));
                manager.commit(manifest(1, 1));
                manager.delete(name(1));
            }
            catch (StorageUnavailableException ex) {
                assertThat(ex).hasMessageContaining(DIRECTORY.toString());
            }
            faulty.heal();

            manager.write(name(2), content(2));
            manager.commit(manifest(2, 2));

            for (int attempt = 0; attempt < 10; attempt++) {
                MemoryFiles left = recording.rebuild(recording.operations(), random);
                CheckpointManager reopened = CheckpointManager.local(DIRECTORY, left);
                assertThat(reopened.open("test")).contains(manifest(2, 2));
                assertThat(reopened.read(name(2), 1000)).isEqualTo(content(2));
            }
            manager.close();
        }
    }

    @Test
    void metadataWhoseWriteFailedCanBeWrittenAgain() {
        for (FileCall kind : List.of(FileCall.CREATE, FileCall.WRITE, FileCall.FORCE, FileCall.FORCE_DIRECTORY)) {
            FaultyFiles faulty = new FaultyFiles(new MemoryFiles());
            CheckpointManager manager = open(faulty);
            faulty.failCall(kind, 1);
            assertThatExceptionOfType(StorageUnavailableException.class)
                .isThrownBy(() -> manager.write(name(1), content(1)));
            assertThat(manager.names()).isEmpty();

            manager.write(name(1), content(1));

            assertThat(manager.read(name(1), 1000)).isEqualTo(content(1));
            manager.close();
        }
    }

    @Test
    void aFullMediumIsSaidAndLeavesTheOldManifest() {
        FaultyFiles faulty = new FaultyFiles(this.files);
        CheckpointManager manager = open(faulty);
        manager.commit(manifest(0));
        faulty.limitRoom(50);

        assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> manager.commit(manifest(1)))
            .withMessageContaining(MANIFEST.toString());
        assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> manager.write(name(1), content(1)))
            .withMessageContaining(name(1) + ".meta");

        assertThat(Manifest.decode(ByteBuffer.wrap(this.files.content(MANIFEST)), "test")).isEqualTo(manifest(0));
        faulty.heal();
        manager.commit(manifest(1));
        manager.close();
    }

    @Test
    void anOpeningThatFailsGivesTheDirectoryFree() {
        FaultyFiles faulty = new FaultyFiles(this.files);
        int failed = 0;
        for (int nth = 1; nth <= 12; nth++) {
            faulty.failCall(nth);
            CheckpointManager manager = CheckpointManager.local(DIRECTORY, faulty);
            try {
                manager.open("test");
            }
            catch (StorageUnavailableException ex) {
                failed++;
            }
            faulty.heal();
            manager.close();

            manager.open("test");
            manager.close();
        }
        assertThat(failed).isPositive();
    }

    private static CheckpointManager open(LocalFiles files) {
        CheckpointManager manager = CheckpointManager.local(DIRECTORY, files);
        manager.open("test");
        return manager;
    }

    private static String name(long version) {
        return String.format("checkpoint-%016x-%016x", version, 1);
    }

    private static Path file(String name) {
        return DIRECTORY.resolve(name);
    }

    private static ByteBuffer content(int version) {
        ByteBuffer content = ByteBuffer.allocate(1000);
        while (content.hasRemaining()) {
            content.put((byte) version);
        }
        return content.flip();
    }

    private static Manifest manifest(long highestVersion, long... versions) {
        List<CommittedCheckpoint> checkpoints = Arrays.stream(versions)
            .mapToObj((version) -> new CommittedCheckpoint(version, List.of(new MetadataObject(name(version), 1000, 7)),
                    Instant.EPOCH, 1))
            .toList();
        return new Manifest(STORE_ID, 1, highestVersion, checkpoints);
    }

}
