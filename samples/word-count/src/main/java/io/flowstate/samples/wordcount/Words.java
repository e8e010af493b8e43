package io.flowstate.samples.wordcount;

import java.util.Locale;
import java.util.function.Consumer;

/**
 * The words of a line: its longest runs of letters and apostrophes, in lower case.
 */
final class Words {

    private Words() {
    }

    /**
     * Finds the words of a line.
     * @param line the line
     * @param consumer is given each word, in their order
     */
    static void forEach(String line, Consumer<String> consumer) {
        int start = -1;
        int at = 0;
        while (at < line.length()) {
            int letter = line.codePointAt(at);
            if (!isPartOfWord(letter)) {
                emit(line, start, at, consumer);
                start = -1;
            }
            else if (start < 0) {
                start = at;
            }
            at += Character.charCount(letter);
        }
        emit(line, start, at, consumer);
    }

    private static boolean isPartOfWord(int letter) {
        return letter == '\'' || Character.isLetter(letter);
    }

    private static void emit(String line, int start, int end, Consumer<String> consumer) {
        if (start >= 0) {
            consumer.accept(line.substring(start, end).toLowerCase(Locale.ROOT));
        }
    }

}
