package io.flowstate.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Function;

import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LocalFiles.LocalFile;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link RecordingFiles}: the contract, and what a power cut may leave.
 */
class RecordingFilesTests extends LocalFilesContract {

    private static final int ATTEMPTS = 400;

    private static final Path DIRECTORY = Path.of("/some/where");

    private static final Path FILE = DIRECTORY.resolve("file");

    private static final Path OTHER = DIRECTORY.resolve("other");

    private final MemoryFiles disk = new MemoryFiles();

    private RecordingFiles files = startRecording();

    private RecordingFiles startRecording() {
        this.disk.makeDirectories(DIRECTORY);
        return new RecordingFiles(this.disk);
    }

    @Override
    protected LocalFiles createFiles() {
        return this.files;
    }

    @Override
    protected Path emptyDirectory() {
        return DIRECTORY;
    }

    @Test
    void whatIsForcedWithItsNameSurvives() throws IOException {
        writeForced(FILE, "text");
        this.files.forceDirectory(DIRECTORY);

        assertThat(outcomes(this::describe)).containsExactly("file=text");
    }

    @Test
    void whatWasThereBeforeSurvives() {
        this.disk.replace(FILE, "old".getBytes(StandardCharsets.US_ASCII));
        this.files = new RecordingFiles(this.disk);

        assertThat(outcomes(this::describe)).containsExactly("file=old");
    }

    @Test
    void aForcedFileWhoseNameIsNotDurableMayBeGone() throws IOException {
        writeForced(FILE, "text");

        assertThat(outcomes(this::describe)).containsExactly("", "file=text");
    }

    @Test
    void aDurableNameDoesNotKeepContent() throws IOException {
        write(FILE, 0, "text");
        this.files.forceDirectory(DIRECTORY);

        assertThat(outcomes(this::describe)).contains("file=", "file=text", "file=....")
            .doesNotContain("")
            .allMatch((left) -> left.matches("file=(text|\\.*)") || left.matches("file=(t|te|tex)"));
    }

    @Test
    void aWriteIsTornBetweenSectors() throws IOException {
        this.disk.replace(FILE, "a".repeat(1536).getBytes(StandardCharsets.US_ASCII));
        this.files = new RecordingFiles(this.disk);
        write(FILE, 100, "b".repeat(1000));

        Set<String> outcomes = outcomes((left) -> left.content(FILE)[100] == 'b' ? "first" : "");
        Set<String> sectors = outcomes((left) -> {
            byte[] content = left.content(FILE);
            assertThat(content).hasSize(1536);
            assertSame(content, 0, 100, 'a');
            assertSame(content, 100, 512, content[100]);
            assertSame(content, 512, 1024, content[512]);
            assertSame(content, 1024, 1100, content[1024]);
            assertSame(content, 1100, 1536, 'a');
            return "" + (char) content[100] + (char) content[512] + (char) content[1024];
        });

        assertThat(outcomes).hasSize(2);
        assertThat(sectors).containsExactly("aaa", "aab", "aba", "abb", "baa", "bab", "bba", "bbb");
    }

    @Test
    void writesAfterTheLastForceAreKeptInAnySelection() throws IOException {
        writeForced(FILE, "....");
        this.files.forceDirectory(DIRECTORY);
        write(FILE, 0, "1");
        write(FILE, 1, "2");

        assertThat(outcomes(this::describe)).containsExactly("file=....", "file=.2..", "file=1...", "file=12..");
    }

    @Test
    void aRenameIsWholeOrNotAtAll() throws IOException {
        writeForced(FILE, "old");
        this.files.forceDirectory(DIRECTORY);
        writeForced(OTHER, "new");
        this.files.rename(OTHER, FILE);

        assertThat(outcomes(this::describe)).containsExactly("file=new", "file=old", "file=old other=new");
        this.files.forceDirectory(DIRECTORY);
        assertThat(outcomes(this::describe)).containsExactly("file=new");
    }

    @Test
    void changesOfDifferentNamesAreKeptInAnySelection() throws IOException {
        writeForced(FILE, "1");
        writeForced(OTHER, "2");

        assertThat(outcomes(this::describe)).containsExactly("", "file=1", "file=1 other=2", "other=2");
    }

    @Test
    void changesOfTheSameNameKeepTheirOrder() throws IOException {
        writeForced(FILE, "1");
        this.files.forceDirectory(DIRECTORY);
        this.files.delete(FILE);
        writeForced(FILE, "2");
        this.files.rename(FILE, OTHER);
        writeForced(FILE, "3");

        assertThat(outcomes(this::describe)).containsExactly("", "file=1", "file=2", "file=3 other=2", "other=2");
    }

    @Test
    void adeletionThatIsNotDurableMayBeUndone() throws IOException {
        writeForced(FILE, "text");
        this.files.forceDirectory(DIRECTORY);
        this.files.delete(FILE);

        assertThat(outcomes(this::describe)).containsExactly("", "file=text");
    }

    @Test
    void aDirectoryThatIsNotDurableMayTakeItsFilesAlong() throws IOException {
        Path sub = DIRECTORY.resolve("sub");
        this.files.createDirectories(sub);
        int cut = this.files.operations();
        writeForced(sub.resolve("file"), "text");
        this.files.forceDirectory(sub);

        assertThat(this.files.describe(cut - 2)).startsWith("CreateDirectory");
        assertThat(outcomes(this::describe)).containsExactly("file=text");
        SplittableRandom random = new SplittableRandom(1);
        Set<Boolean> exists = new TreeSet<>();
        for (int i = 0; i < ATTEMPTS; i++) {
            exists.add(this.files.rebuild(cut - 1, random).exists(sub));
        }
        assertThat(exists).containsExactly(false, true);
    }

    @Test
    void aCutForgetsWhatCameLater() throws IOException {
        writeForced(FILE, "1");
        this.files.forceDirectory(DIRECTORY);
        this.files.mark("first");
        int cut = this.files.operations();
        this.files.delete(FILE);
        this.files.forceDirectory(DIRECTORY);
        this.files.mark("second");

        assertThat(describe(this.files.rebuild(cut, new SplittableRandom(1)))).isEqualTo("file=1");
        assertThat(this.files.marksBefore(cut)).containsExactly("first");
        assertThat(this.files.marksBefore(cut - 1)).isEmpty();
        assertThat(this.files.marksBefore(this.files.operations())).containsExactly("first", "second");
    }

    @Test
    void theSameSeedLeavesTheSame() throws IOException {
        write(FILE, 0, "x".repeat(5000));
        write(OTHER, 0, "y".repeat(5000));

        for (int seed = 0; seed < 50; seed++) {
            assertThat(describe(this.files.rebuild(this.files.operations(), new SplittableRandom(seed))))
                .isEqualTo(describe(this.files.rebuild(this.files.operations(), new SplittableRandom(seed))));
        }
    }

    @Test
    void aForceAfterAFailedOneMakesNothingDurable() throws IOException {
        FaultyFiles faulty = new FaultyFiles(this.files);
        faulty.failCall(FileCall.FORCE, 1);
        try (LocalFile file = faulty.create(FILE)) {
            file.write(0, ByteBuffer.wrap("text".getBytes(StandardCharsets.US_ASCII)));
            assertThat(catchThrowable(file::force)).isInstanceOf(IOException.class);
            file.force();
        }
        faulty.forceDirectory(DIRECTORY);

        assertThat(outcomes(this::describe)).contains("file=", "file=text");
    }

    private Set<String> outcomes(Function<MemoryFiles, String> describe) {
        Set<String> outcomes = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(42);
        for (int i = 0; i < ATTEMPTS; i++) {
            outcomes.add(describe.apply(this.files.rebuild(this.files.operations(), random)));
        }
        return outcomes;
    }

    private String describe(MemoryFiles left) {
        StringBuilder description = new StringBuilder();
        for (Path path : left.paths()) {
            description.append(description.isEmpty() ? "" : " ")
                .append(path.getFileName())
                .append('=')
                .append(new String(left.content(path), StandardCharsets.US_ASCII).replace('\0', '.'));
        }
        return description.toString();
    }

    private static void assertSame(byte[] content, int from, int to, int expected) {
        for (int i = from; i < to; i++) {
            assertThat(content[i]).isEqualTo((byte) expected);
        }
    }

    private void writeForced(Path path, String text) throws IOException {
        try (LocalFile file = this.files.create(path)) {
            file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            file.force();
        }
    }

    private void write(Path path, long position, String text) throws IOException {
        try (LocalFile file = this.disk.exists(path) ? this.files.openForWriting(path) : this.files.create(path)) {
            file.write(position, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

}
