package io.flowstate.samples.wordcount;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

import org.springframework.core.io.Resource;

/**
 * A text that can be read line by line as often as one likes, from any line on. It stands
 * for a stream that can be replayed, such as a topic of a message broker.
 */
final class Book {

    private final Resource text;

    private final int lineCount;

    private Book(Resource text, int lineCount) {
        this.text = text;
        this.lineCount = lineCount;
    }

    /**
     * Opens a book and counts its lines.
     * @param text where it is, in UTF-8
     * @return the book
     */
    static Book open(Resource text) {
        try (BufferedReader lines = reader(text)) {
            int lineCount = 0;
            while (lines.readLine() != null) {
                lineCount++;
            }
            return new Book(text, lineCount);
        }
        catch (IOException ex) {
            throw new UncheckedIOException("the book cannot be read: " + text, ex);
        }
    }

    private static BufferedReader reader(Resource text) throws IOException {
        return new BufferedReader(new InputStreamReader(text.getInputStream(), StandardCharsets.UTF_8.newDecoder()));
    }

    int lineCount() {
        return this.lineCount;
    }

    /**
     * The lines after the first ones.
     * @param skipped how many lines to leave out
     * @return a reader that the caller closes
     * @throws IOException if the text cannot be read
     */
    BufferedReader linesAfter(int skipped) throws IOException {
        BufferedReader lines = reader(this.text);
        for (int i = 0; i < skipped; i++) {
            lines.readLine();
        }
        return lines;
    }

}
