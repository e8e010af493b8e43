package io.flowstate.compression;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import com.sun.management.ThreadMXBean;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StateException;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link PageCodec}: pages there and back with every compression, and functions
 * that do not do what they should.
 */
class PageCodecTests {

    private static final byte[] HELLO = "hello hello hello hello".getBytes(StandardCharsets.US_ASCII);

    static Stream<Compression> all() {
        return Stream.of(Compression.none(), Compression.zlib(), Compression.zstd(), custom());
    }

    static Stream<Compression> compressing() {
        return all().filter((compression) -> compression != Compression.none());
    }

    private static Compression custom() {
        return Compression.of("my-zlib", DeflaterOutputStream::new, InflaterInputStream::new);
    }

    static byte[] text(int length) {
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) ("{\"name\":\"alice\",\"total\":" + (i / 500) + "}").charAt(i % 24);
        }
        return text;
    }

    private static byte[] noise(int length, long seed) {
        byte[] noise = new byte[length];
        new SplittableRandom(seed).nextBytes(noise);
        return noise;
    }

    private static ByteBuffer room(byte[] page) {
        return ByteBuffer.allocate(2 * page.length + 1000);
    }

    @ParameterizedTest
    @MethodSource("compressing")
    void aPageComesBackAsItWas(Compression compression) {
        try (PageCodec codec = PageCodec.open(compression)) {
            for (byte[] page : List.of(new byte[0], new byte[1], new byte[4096], HELLO, text(32 << 10), noise(5000, 1),
                    text(5 << 20), noise(3 << 20, 2))) {
                ByteBuffer compressed = room(page);

                assertThat(codec.compress(ByteBuffer.wrap(page), compressed)).isTrue();

                ByteBuffer again = ByteBuffer.allocate(page.length);
                codec.decompress(compressed.flip(), again);
                assertThat(again.array()).isEqualTo(page);
                assertThat(again.hasRemaining()).isFalse();
                assertThat(compressed.hasRemaining()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("compressing")
    void randomPagesComeBackThroughBuffersOfAnyKind(Compression compression) {
        long seed = 4711;
        SplittableRandom random = new SplittableRandom(seed);
        List<IntFunction<ByteBuffer>> kinds = List.of(ByteBuffer::allocate, ByteBuffer::allocateDirect,
                (length) -> ByteBuffer.allocate(length + 7).position(7).slice());
        try (PageCodec codec = PageCodec.open(compression)) {
            for (int round = 0; round < 300; round++) {
                byte[] page = mixed(random);
                ByteBuffer source = kinds.get(random.nextInt(3)).apply(page.length + 5).position(3);
                source.put(page).flip().position(3);
                source = random.nextBoolean() ? source : source.asReadOnlyBuffer();
                ByteBuffer compressed = kinds.get(random.nextInt(3)).apply(2 * page.length + 200).position(5);

                assertThat(codec.compress(source, compressed)).isTrue();
                assertThat(source.hasRemaining()).isFalse();
                ByteBuffer again = kinds.get(random.nextInt(3)).apply(page.length + 2).position(1);
                again.limit(1 + page.length);
                codec.decompress(compressed.flip().position(5), again);

                byte[] found = new byte[page.length];
                again.get(1, found);
                assertThat(found).as("seed %s, round %s", seed, round).isEqualTo(page);
            }
        }
    }

    /** Bytes of which some repeat. */
    private static byte[] mixed(SplittableRandom random) {
        byte[] page = new byte[random.nextInt(20_000)];
        int position = 0;
        while (position < page.length) {
            int end = Math.min(page.length, position + 1 + random.nextInt(500));
            if (random.nextBoolean()) {
                Arrays.fill(page, position, end, (byte) random.nextInt());
            }
            else {
                byte[] noise = new byte[end - position];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, page, position, noise.length);
            }
            position = end;
        }
        return page;
    }

    @ParameterizedTest
    @MethodSource("all")
    void aPageThatDoesNotBecomeSmallEnoughMovesNothing(Compression compression) {
        try (PageCodec codec = PageCodec.open(compression)) {
            for (int length : new int[] { 0, 1, 100, 32 << 10, 5 << 20 }) {
                ByteBuffer source = ByteBuffer.wrap(noise(length + 2, length)).position(1).limit(length + 1);
                ByteBuffer target = ByteBuffer.allocate(length + 10).position(2).limit(2 + length - length / 10);

                assertThat(codec.compress(source, target)).isFalse();

                assertThat(source.position()).isEqualTo(1);
                assertThat(target.position()).isEqualTo(2);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("compressing")
    void nothingIsWrittenBeyondTheLimit(Compression compression) {
        byte[] page = noise(1000, 3);
        byte[] target = new byte[2000];
        try (PageCodec codec = PageCodec.open(compression)) {
            for (int limit = 0; limit < 1100; limit++) {
                Arrays.fill(target, (byte) 7);
                codec.compress(ByteBuffer.wrap(page), ByteBuffer.wrap(target, 0, limit));

                for (int i = limit; i < target.length; i++) {
                    assertThat(target[i]).isEqualTo((byte) 7);
                }
            }
        }
    }

    @Test
    void whatIsNotCompressedComesBackAtItsLength() {
        try (PageCodec codec = PageCodec.open(Compression.none())) {
            ByteBuffer target = ByteBuffer.allocate(HELLO.length);

            codec.decompress(ByteBuffer.wrap(HELLO), target);

            assertThat(target.array()).isEqualTo(HELLO);
            assertThatExceptionOfType(DecompressionException.class)
                .isThrownBy(() -> codec.decompress(ByteBuffer.wrap(HELLO), ByteBuffer.allocate(22)))
                .withMessage("expected a page of 22 bytes, compressed with none, found 23 bytes");
        }
    }

    /** Whoever changes these cannot read what was written before. */
    @Test
    void whatWasWrittenBeforeIsRead() {
        assertThat(all().map(Compression::id)).containsExactly("none", "zlib", "zstd", "my-zlib");
        assertThat(decompress(Compression.zlib(), "7801cb48cdc9c957c8402701680308b1", HELLO.length)).isEqualTo(HELLO);
        assertThat(decompress(Compression.zstd(), "28b52ffd20176500003068656c6c6f200100994b11", HELLO.length))
            .isEqualTo(HELLO);
    }

    private static byte[] decompress(Compression compression, String hex, int length) {
        try (PageCodec codec = PageCodec.open(compression)) {
            ByteBuffer page = ByteBuffer.allocate(length);
            codec.decompress(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), page);
            return page.array();
        }
    }

    @Test
    void othersReadWhatZstdWrites() throws IOException {
        for (byte[] page : List.of(new byte[0], HELLO, text(32 << 10), noise(100_000, 4))) {
            ByteBuffer compressed = room(page);
            try (PageCodec codec = PageCodec.open(Compression.zstd())) {
                codec.compress(ByteBuffer.wrap(page), compressed);
            }

            byte[] frame = new byte[compressed.position()];
            compressed.get(0, frame);
            try (InputStream stream = new ZstdCompressorInputStream(new ByteArrayInputStream(frame))) {
                assertThat(stream.readAllBytes()).isEqualTo(page);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("compressing")
    void anotherLengthThanTheTargetIsAnError(Compression compression) {
        try (PageCodec codec = PageCodec.open(compression)) {
            byte[] page = text(10_000);
            ByteBuffer compressed = room(page);
            codec.compress(ByteBuffer.wrap(page), compressed);
            compressed.flip();

            for (int length : new int[] { 0, 1, 9_999, 10_001, 20_000 }) {
                ByteBuffer target = ByteBuffer.allocate(length + 1).position(1);
                assertThatExceptionOfType(DecompressionException.class)
                    .isThrownBy(() -> codec.decompress(compressed, target))
                    .withMessageContaining("a page of " + length + " bytes, compressed with " + compression);
                assertThat(target.position()).isEqualTo(1);
                assertThat(compressed.position()).isZero();
            }
            codec.decompress(compressed, ByteBuffer.allocate(10_000));
        }
    }

    @ParameterizedTest
    @MethodSource("compressing")
    void bytesThatAreNotCompressedAreAnError(Compression compression) {
        try (PageCodec codec = PageCodec.open(compression)) {
            for (byte[] bytes : List.of(new byte[0], new byte[1], new byte[100], HELLO, noise(1000, 5))) {
                assertThatExceptionOfType(DecompressionException.class)
                    .isThrownBy(() -> codec.decompress(ByteBuffer.wrap(bytes), ByteBuffer.allocate(500)));
            }
        }
    }

    @Test
    void theErrorNamesThePlaceThatTheCallerKnows() {
        try (PageCodec codec = PageCodec.open(Compression.zstd())) {
            codec.decompress(ByteBuffer.wrap(HELLO), ByteBuffer.allocate(50));
        }
        catch (DecompressionException ex) {
            CorruptStateException corrupt = ex.at("pages-1.seg", 4096);
            assertThat(corrupt.resource()).isEqualTo("pages-1.seg");
            assertThat(corrupt.offset()).isEqualTo(4096);
            assertThat(corrupt.expected()).isEqualTo("a page of 50 bytes, compressed with zstd");
            assertThat(corrupt).hasMessageStartingWith("pages-1.seg is damaged at offset 4096: expected a page of 50")
                .hasCause(ex);
            return;
        }
        throw new AssertionError("text was decompressed");
    }

    @Test
    void aDecompressFunctionThatMisbehavesIsATypedError() {
        byte[] page = text(1000);
        List<DecompressFunction> functions = List.of((compressed) -> InputStream.nullInputStream(),
                (compressed) -> new ByteArrayInputStream(new byte[999]),
                (compressed) -> new ByteArrayInputStream(new byte[1001]),
                (compressed) -> new MisbehavingStreams.Endless(), (compressed) -> null, (compressed) -> {
                    throw new IOException("no");
                }, (compressed) -> {
                    throw new IllegalStateException("no");
                }, (compressed) -> new MisbehavingStreams.Broken(), (compressed) -> new MisbehavingStreams.Boaster(),
                (compressed) -> new MisbehavingStreams.Silent());
        for (DecompressFunction function : functions) {
            try (PageCodec codec = PageCodec.open(Compression.of("mine", DeflaterOutputStream::new, function))) {
                assertThatExceptionOfType(DecompressionException.class)
                    .isThrownBy(() -> codec.decompress(ByteBuffer.allocate(10), ByteBuffer.allocate(1000)))
                    .withMessageStartingWith("expected a page of 1000 bytes, compressed with mine, found ");
                assertThatExceptionOfType(StateException.class)
                    .isThrownBy(() -> codec.compress(ByteBuffer.wrap(page), room(page)))
                    .withMessageContaining("compression mine does not give back what it compressed")
                    .withCauseInstanceOf(DecompressionException.class);
            }
        }
    }

    @Test
    void aDecompressFunctionThatReturnsOtherBytesIsNoticedBeforeAnythingIsWritten() {
        byte[] page = text(1000);
        Compression wrong = Compression.of("mine", (compressed) -> compressed,
                (compressed) -> new ByteArrayInputStream(new byte[1000]));
        try (PageCodec codec = PageCodec.open(wrong)) {
            ByteBuffer target = room(page);

            assertThatExceptionOfType(StateException.class)
                .isThrownBy(() -> codec.compress(ByteBuffer.wrap(page), target))
                .withMessageContaining("does not give back what it compressed");

            assertThat(target.position()).isZero();
        }
    }

    @Test
    void aDecompressFunctionThatReturnsZeroMayStillGiveEachByte() {
        Compression slow = Compression.of("slow", (compressed) -> compressed, (compressed) -> new InputStream() {

            @Override
            public int read() throws IOException {
                return compressed.read();
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                return 0;
            }

        });
        try (PageCodec codec = PageCodec.open(slow)) {
            assertThat(codec.compress(ByteBuffer.wrap(HELLO), room(HELLO))).isTrue();
        }
    }

    @Test
    void aCompressFunctionThatMisbehavesIsATypedError() {
        List<CompressFunction> functions = List.of((compressed) -> null, (compressed) -> {
            throw new IOException("no");
        }, (compressed) -> {
            throw new IllegalStateException("no");
        }, (compressed) -> new OutputStream() {

            @Override
            public void write(int b) throws IOException {
                throw new IOException("no");
            }

        });
        for (CompressFunction function : functions) {
            try (PageCodec codec = PageCodec.open(Compression.of("mine", function, InflaterInputStream::new))) {
                assertThatExceptionOfType(StateException.class)
                    .isThrownBy(() -> codec.compress(ByteBuffer.wrap(HELLO), room(HELLO)))
                    .withMessage("compression mine could not compress a page of 23 bytes");
            }
        }
    }

    @Test
    void noFunctionGetsHoldOfThePage() {
        byte[] page = text(1000);
        Compression vandal = Compression.of("vandal", (compressed) -> new OutputStream() {

            @Override
            public void write(int b) throws IOException {
                compressed.write(b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                compressed.write(bytes, offset, length);
                Arrays.fill(bytes, (byte) 0);
            }

        }, (compressed) -> compressed);
        try (PageCodec codec = PageCodec.open(vandal)) {
            assertThat(codec.compress(ByteBuffer.wrap(page), room(page))).isTrue();
        }

        assertThat(page).isEqualTo(text(1000));
    }

    @ParameterizedTest
    @MethodSource("compressing")
    void manyThreadsCompressAtOnce(Compression compression) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (PageCodec codec = PageCodec.open(compression)) {
            List<Future<?>> results = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                results.add(threads.submit(() -> {
                    for (int round = 0; round < 200; round++) {
                        byte[] page = mixed(random);
                        ByteBuffer compressed = room(page);
                        codec.compress(ByteBuffer.wrap(page), compressed);
                        ByteBuffer again = ByteBuffer.allocate(page.length);
                        codec.decompress(compressed.flip(), again);
                        assertThat(again.array()).isEqualTo(page);
                    }
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
        finally {
            threads.shutdown();
        }
    }

    @Test
    void closingWhileOthersCompressLetsThemFinish() throws Exception {
        for (int round = 0; round < 50; round++) {
            PageCodec codec = PageCodec.open(Compression.zstd());
            ExecutorService thread = Executors.newSingleThreadExecutor();
            Future<?> compressing = thread.submit(() -> {
                byte[] page = text(10_000);
                while (true) {
                    ByteBuffer compressed = room(page);
                    codec.compress(ByteBuffer.wrap(page), compressed);
                    assertThat(compressed.position()).isPositive();
                }
            });

            codec.close();
            thread.shutdown();

            assertThat(compressing).failsWithin(Duration.ofMinutes(1))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(IllegalStateException.class)
                .withMessage("the page codec for compression zstd is closed");
        }
    }

    @Test
    void aClosedCodecRefuses() {
        PageCodec codec = PageCodec.open(Compression.zlib());
        codec.close();
        codec.close();

        assertThatIllegalStateException().isThrownBy(() -> codec.compress(ByteBuffer.allocate(1), room(HELLO)));
        assertThatIllegalStateException().isThrownBy(() -> codec.decompress(ByteBuffer.allocate(1), room(HELLO)));
    }

    @Test
    void zstdAllocatesNothingForAPage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuffer page = ByteBuffer.wrap(text(32 << 10));
        ByteBuffer noise = ByteBuffer.wrap(noise(32 << 10, 6));
        ByteBuffer compressed = ByteBuffer.allocate(29_000);
        ByteBuffer again = ByteBuffer.allocateDirect(32 << 10);
        try (PageCodec codec = PageCodec.open(Compression.zstd())) {
            long allocated = 0;
            for (int round = 0; round < 1100; round++) {
                if (round == 100) {
                    allocated = threads.getCurrentThreadAllocatedBytes();
                }
                codec.compress(page.clear(), compressed.clear());
                codec.decompress(compressed.flip(), again.clear());
                codec.compress(noise.clear(), compressed.clear());
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - allocated;

            // JDK 25 makes small objects for access to buffers until the compiler sees
            // that none is needed; a page would be a hundred times as much.
            assertThat(allocated).isLessThan(1000 * 3 * 400L);
        }
    }

}
