package io.flowstate.samples.wordcount;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests {@link Words}. */
class WordsTests {

    @Test
    void wordsAreRunsOfLettersInLowerCase() {
        assertThat(words("In the Beginning, God--created; 7 days")).containsExactly("in", "the", "beginning", "god",
                "created", "days");
    }

    @Test
    void apostrophesBelongToWords() {
        assertThat(words("God's 'fathers' house")).containsExactly("god's", "'fathers'", "house");
    }

    @Test
    void lettersOfEveryAlphabetCount() {
        assertThat(words("Äpfel λόγος \uD835\uDC00x")).containsExactly("äpfel", "λόγος", "\uD835\uDC00x");
    }

    @Test
    void anEmptyLineHasNoWords() {
        assertThat(words("")).isEmpty();
        assertThat(words(" .,; 12 ")).isEmpty();
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Words.forEach(line, words::add);
        return words;
    }

}
