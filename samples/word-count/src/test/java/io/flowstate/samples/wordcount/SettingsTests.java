package io.flowstate.samples.wordcount;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.DefaultApplicationArguments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Tests {@link Settings}. */
class SettingsTests {

    @Test
    void withoutOptionsTheBookIsReadOnceAtAThousandLinesASecond() {
        assertThat(parse("--server.port=0")).isEqualTo(new Settings(1, 1000, false));
    }

    @Test
    void optionsAreRead() {
        assertThat(parse("--passes=3", "--rate=0", "--exit")).isEqualTo(new Settings(3, 0, true));
    }

    @ParameterizedTest
    @ValueSource(strings = { "0", "-1", "many", "", "9999999999" })
    void aBadNumberOfPassesIsRefused(String passes) {
        assertThatIllegalArgumentException().isThrownBy(() -> parse("--passes=" + passes))
            .withMessage("--passes must be a whole number of at least 1, but was '" + passes + "'");
    }

    @Test
    void aNegativeRateIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> parse("--rate=-5"))
            .withMessage("--rate must be a whole number of at least 0, but was '-5'");
    }

    private static Settings parse(String... args) {
        return Settings.parse(new DefaultApplicationArguments(args));
    }

}
