package io.flowstate.internal.pagestore;

import java.util.Set;

import io.flowstate.compression.Compression;
import io.flowstate.storage.IncompatibleStateException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Which codecs a store needs. */
class PageCodecsTest {

    @Test
    void aCodecThatIsOnlyCheckedIsNotNeededFromThenOn() {
        try (PageCodecs codecs = new PageCodecs(Compression.none())) {
            codecs.check(Set.of("zlib"));

            assertThat(codecs.used()).isEmpty();
            assertThatExceptionOfType(IncompatibleStateException.class).isThrownBy(() -> codecs.check(Set.of("theirs")))
                .withMessageContaining("theirs");
        }
    }

}
