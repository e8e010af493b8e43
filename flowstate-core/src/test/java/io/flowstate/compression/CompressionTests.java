package io.flowstate.compression;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Tests for {@link Compression}: its ids, and what it says if zstd is missing. */
class CompressionTests {

    @ParameterizedTest
    @ValueSource(strings = { "a", "my-zlib", "Brotli_11.v2", "12345678901234567890123456789012" })
    void anIdOfLettersDigitsAndMarksIsTaken(String id) {
        Compression compression = Compression.of(id, DeflaterOutputStream::new, InflaterInputStream::new);

        assertThat(compression.id()).isEqualTo(id);
        assertThat(compression).hasToString(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = { "", " ", "my zlib", "../x", "a/b", "zl\u00efb", "a\n", "123456789012345678901234567890123" })
    void anotherIdIsRefused(String id) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Compression.of(id, DeflaterOutputStream::new, InflaterInputStream::new))
            .withMessageContaining("1 to 32 letters, digits, dots, underscores and hyphens, but was " + id);
    }

    @ParameterizedTest
    @ValueSource(strings = { "none", "zlib", "zstd", "ZSTD", "Zlib" })
    void theIdOfABuiltInOneIsRefused(String id) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Compression.of(id, DeflaterOutputStream::new, InflaterInputStream::new))
            .withMessage("the id of a compression must not be that of a built-in one, but was " + id);
    }

    @Test
    void theBuiltInOnesAreFoundByTheirIds() {
        assertThat(Compression.builtIn("none")).contains(Compression.none());
        assertThat(Compression.builtIn("zlib")).contains(Compression.zlib());
        assertThat(Compression.builtIn("zstd")).contains(Compression.zstd());
        assertThat(Compression.builtIn("my-zlib")).isEmpty();
    }

    @Test
    void withoutItsLibraryZstdIsOnlyAName() throws Exception {
        try (URLClassLoader classes = withoutZstd()) {
            Class<?> compression = classes.loadClass(Compression.class.getName());
            Class<?> codec = classes.loadClass(PageCodec.class.getName());

            Object zstd = compression.getMethod("zstd").invoke(null);
            Object zlib = compression.getMethod("zlib").invoke(null);

            assertThat(zstd).hasToString("zstd");
            ((AutoCloseable) codec.getMethod("open", compression).invoke(null, zlib)).close();
            assertThatExceptionOfType(InvocationTargetException.class)
                .isThrownBy(() -> codec.getMethod("open", compression).invoke(null, zstd))
                .havingCause()
                .satisfies((cause) -> assertThat(cause.getClass().getSimpleName()).isEqualTo("StateException"))
                .withMessageContaining("add the dependency com.github.luben:zstd-jni");
        }
    }

    @Test
    void aLibraryThatDoesNotLoadIsSaid() throws Exception {
        try (URLClassLoader classes = new BrokenZstd(withoutZstd().getURLs())) {
            Class<?> compression = classes.loadClass(Compression.class.getName());
            Class<?> codec = classes.loadClass(PageCodec.class.getName());
            Object zstd = compression.getMethod("zstd").invoke(null);

            assertThatExceptionOfType(InvocationTargetException.class)
                .isThrownBy(() -> codec.getMethod("open", compression).invoke(null, zstd))
                .havingCause()
                .satisfies((cause) -> assertThat(cause.getClass().getSimpleName()).isEqualTo("StateException"))
                .withMessageContaining("does not load its native part here")
                .withCauseInstanceOf(LinkageError.class);
        }
    }

    private static URLClassLoader withoutZstd() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("zstd-jni")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** Has the library's compressing part and nothing that it needs. */
    private static final class BrokenZstd extends URLClassLoader {

        private BrokenZstd(URL[] urls) {
            super(urls, ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (!name.equals("com.github.luben.zstd.ZstdCompressCtx")
                    && !name.equals("com.github.luben.zstd.AutoCloseBase")) {
                return super.findClass(name);
            }
            String resource = "/" + name.replace('.', '/') + ".class";
            try (InputStream stream = CompressionTests.class.getResourceAsStream(resource)) {
                byte[] bytes = stream.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            }
            catch (IOException ex) {
                throw new ClassNotFoundException(name, ex);
            }
        }

    }

}
