package io.flowstate.azure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobItem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.Torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The local cache as users of a store meet it: kept across runs, verified, healed,
 * bounded, optional; and nothing else is written to the local disk.
 */
@ExtendWith(Azurite.class)
class ObjectCacheTest {

    private static final int ENTRIES = 2000;

    private final BlobContainerClient container = Azurite.newContainer();

    @TempDir
    Path local;

    @Test
    void whatWasWrittenOrFetchedIsNotFetchedAgainByTheNextRun() {
        fill(this.local.resolve("first"), 1L << 30);

        assertThat(readAll(this.local.resolve("first"), 1L << 30)).as("requests where it was written").isZero();
        assertThat(readAll(this.local.resolve("second"), 1L << 30)).as("requests on an empty disk").isPositive();
        assertThat(readAll(this.local.resolve("second"), 1L << 30)).as("requests where it was fetched").isZero();
        assertThat(readAll(null, 0)).as("requests without a cache").isPositive();
    }

    @Test
    void damagedFilesAreFetchedAgainAndNeverBelieved() throws IOException {
        Path cache = this.local.resolve("cache");
        fill(cache, 1L << 30);
        long seed = Torture.seed("azure-cache");
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < Torture.count("azureCacheDamages", 8); round++) {
            List<Path> files = files(cache);
            for (Path file : files) {
                damage(file, files, random);
            }
            assertThat(readAll(cache, 1L << 30)).as("requests in round %d with seed %d", round, seed).isPositive();
            assertThat(readAll(cache, 1L << 30)).as("requests after healing").isZero();
        }
    }

    private static void damage(Path file, List<Path> files, SplittableRandom random) throws IOException {
        if (!Files.exists(file) || random.nextInt(3) == 0) {
            return;
        }
        byte[] bytes = Files.readAllBytes(file);
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(7)) {
            case 0 -> {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bytes);
            }
            case 1 -> Files.write(file, Arrays.copyOf(bytes, at));
            case 2 -> Files.write(file, new byte[0]);
            case 3 -> Files.write(file, Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100_000)));
            case 4 -> Files.write(file, new byte[bytes.length]);
            case 5 -> Files.delete(file);
            default -> {
                Path other = files.get(random.nextInt(files.size()));
                Files.write(file, Files.exists(other) && !other.equals(file) ? Files.readAllBytes(other) : new byte[1]);
            }
        }
    }

    @Test
    void itNeverTakesMoreThanItsBound() throws IOException {
        Path cache = this.local.resolve("cache");

        fill(cache, 2 << 20);
        long afterWriting = bytes(cache);
        long requests = readAll(cache, 2 << 20);
        long afterReading = bytes(cache);
        readAll(cache, 1 << 20);

        assertThat(afterWriting).isBetween(1L << 20, 2L << 20);
        assertThat(requests).isPositive();
        assertThat(afterReading).isBetween(1L << 20, 2L << 20);
        assertThat(bytes(cache)).as("after the bound was lowered").isLessThanOrEqualTo(1 << 20);
    }

    @Test
    void itKeepsNothingOfWhatIsDeletedAndLeavesForeignFilesAlone() throws IOException {
        Path cache = this.local.resolve("cache");
        fill(cache, 1L << 30);
        Path place = files(cache).get(0).getParent();
        Path foreign = Files.writeString(place.resolve("notes.txt"), "mine");
        Path unfinished = place
            .resolve(files(cache).get(0).getFileName() + "_00000000-0000-0000-0000-000000000000.tmp");
        Files.write(unfinished, new byte[100]);

        try (StateManager state = open(cache, 1 << 20)) {
            map(state).clear();
            for (int i = 0; i < 4; i++) {
                state.compact(); // until no kept checkpoint has it
            }
            state.checkpoint();
        }

        assertThat(foreign).hasContent("mine");
        assertThat(unfinished).doesNotExist();
        Set<String> objects = Set.copyOf(this.container.listBlobs()
            .stream()
            .map(BlobItem::getName)
            .filter((name) -> name.startsWith("orders/hlog.log/"))
            .map((name) -> name.substring("orders/hlog.log/".length()).replace('/', '_'))
            .toList());
        assertThat(files(cache)).filteredOn((file) -> !file.equals(foreign))
            .allMatch((file) -> objects.contains(file.getFileName().toString().replaceAll("_[0-9a-f]{8}$", "")));
    }

    @Test
    void aDamagedBlobIsAnErrorThatNamesIt() {
        fill(null, 0);
        BlobItem largest = this.container.listBlobs()
            .stream()
            .filter((blob) -> blob.getName().contains("/records-"))
            .max((a, b) -> Long.compare(a.getProperties().getContentLength(), b.getProperties().getContentLength()))
            .orElseThrow();
        byte[] bytes = this.container.getBlobClient(largest.getName()).downloadContent().toBytes();
        bytes[bytes.length / 2] ^= 1;
        this.container.getBlobClient(largest.getName()).upload(BinaryData.fromBytes(bytes), true);

        assertThatThrownBy(() -> readAll(null, 0)).isInstanceOf(CorruptStateException.class)
            .hasMessageContaining(largest.getName().replaceAll("/[^/]*$", ""));
    }

    @Test
    void aCacheThatCannotBeMadeIsToldAtOnce() throws IOException {
        Path file = Files.createFile(this.local.resolve("file"));

        assertThatThrownBy(() -> open(file.resolve("cache"), 1 << 20)).isInstanceOf(StorageUnavailableException.class)
            .hasMessageContaining("cache-dir");
    }

    @Test
    void nothingElseIsWrittenToTheLocalDisk() throws Exception {
        Map<Path, Long> before = outside();

        fill(this.local.resolve("cache"), 2 << 20);
        readAll(null, 0);

        assertThat(outside()).isEqualTo(before);
        try (Stream<Path> places = Files.list(this.local)) {
            assertThat(places.map((path) -> path.getFileName().toString())).isSubsetOf("cache", "temp");
        }
        for (Path file : files(this.local.resolve("cache"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        }
    }

    /**
     * What lies in the working directory, but for what the build and the emulator write.
     */
    private static Map<Path, Long> outside() throws IOException {
        Map<Path, Long> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(Path.of(""))) {
            all.filter((path) -> !path.startsWith("target"))
                .forEach((path) -> files.put(path, path.toFile().lastModified()));
        }
        return files;
    }

    private void fill(@Nullable Path cache, long size) {
        try (StateManager state = open(cache, size)) {
            MapState<Integer, String> map = map(state);
            for (int i = 0; i < ENTRIES; i++) {
                map.put(i, value(i));
            }
            state.checkpoint();
        }
    }

    /** The requests that it takes, those for the lease left out. */
    private long readAll(@Nullable Path cache, long size) {
        try (StateManager state = open(cache, size)) {
            long before = state.stats().device().requests().get("reads");
            MapState<Integer, String> map = map(state);
            for (int i = 0; i < ENTRIES; i++) {
                assertThat(map.get(i)).isEqualTo(value(i));
            }
            return state.stats().device().requests().get("reads") - before;
        }
    }

    private static String value(int number) {
        return number + ":" + "v".repeat(2000 + number % 100);
    }

    private static MapState<Integer, String> map(StateManager state) {
        return state.scope("a").map("map", Serializers.int32(), Serializers.string());
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static long bytes(Path directory) throws IOException {
        return files(directory).stream().mapToLong((file) -> file.toFile().length()).sum();
    }

    private StateManager open(@Nullable Path cache, long size) {
        AzureBlobStorage.Builder storage = AzureBlobStorage.builder()
            .container(this.container)
            .prefix("orders")
            .leftoverGrace(Duration.ZERO)
            .objectSize(1 << 20);
        if (cache != null) {
            storage.cacheDirectory(cache).cacheSize(size);
        }
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(storage.build().storage())
            .memorySize(4 * (64 << 10))
            .pageSize(64 << 10)
            .segmentSize(1 << 20)
            .indexMemory(4 << 20)
            .replayLimit(128 << 10)
            .temporaryDirectory(this.local.resolve("temp"))
            .build());
    }

}
