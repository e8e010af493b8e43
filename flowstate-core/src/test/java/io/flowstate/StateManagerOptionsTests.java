package io.flowstate;

import java.nio.file.Path;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import io.flowstate.compression.Compression;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for {@link StateManagerOptions}: defaults, what is carried, and combinations that
 * must fit. What is refused is in {@link RefusalsTest}.
 */
class StateManagerOptionsTests {

    private static StateManagerOptions.Builder builder() {
        return StateManagerOptions.builder().persistentStorage(Storage.temporary());
    }

    @Test
    void statePagesHaveDefaults() {
        StateManagerOptions options = builder().build();

        assertThat(options.cachePageCount()).isEqualTo(10_000);
        assertThat(options.cacheMemory()).isBetween(Runtime.getRuntime().maxMemory() * 39 / 100,
                Runtime.getRuntime().maxMemory() * 40 / 100);
        assertThat(options.statePageSize()).isEqualTo(32 << 10);
        assertThat(options.compression()).isSameAs(Compression.none());
        assertThat(options.temporaryDirectory()).isEqualTo(Path.of("./data/tempFiles"));
        assertThat(options.temporarySizeLimit()).isEqualTo(16L << 30);
        assertThat(options.readCache()).isFalse();
    }

    @Test
    void whatIsSetForStatePagesIsCarried() {
        Compression compression = Compression.of("my-zlib", DeflaterOutputStream::new, InflaterInputStream::new);
        StateManagerOptions options = builder().cachePageCount(1)
            .cacheMemory(1 << 20)
            .statePageSize(4 << 10)
            .compression(compression)
            .temporaryDirectory(Path.of("./temp"))
            .temporarySizeLimit(1 << 20)
            .readCache(true)
            .build();

        assertThat(options.cachePageCount()).isEqualTo(1);
        assertThat(options.cacheMemory()).isEqualTo(1 << 20);
        assertThat(options.statePageSize()).isEqualTo(4 << 10);
        assertThat(options.compression()).isSameAs(compression);
        assertThat(options.temporaryDirectory()).isEqualTo(Path.of("./temp"));
        assertThat(options.temporarySizeLimit()).isEqualTo(1 << 20);
        assertThat(options.readCache()).isTrue();
    }

    @Test
    void theClassicConfigurationFits() {
        StateManagerOptions options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(Path.of("base/log"), Path.of("base/checkpoints")))
            .memorySize(64 << 20)
            .pageSize(16 << 20)
            .cachePageCount(10_000)
            .temporaryDirectory(Path.of("./temp"))
            .compression(Compression.zlib())
            .build();

        assertThat(options.memorySize()).isEqualTo(4L * options.pageSize());
        assertThat(options.compression().id()).isEqualTo("zlib");
    }

    @Test
    void nothingIsNull() {
        assertThatNullPointerException().isThrownBy(() -> builder().compression(null)).withMessage("compression");
        assertThatNullPointerException().isThrownBy(() -> builder().temporaryDirectory(null)).withMessage("directory");
    }

}
