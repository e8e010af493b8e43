package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** The text of the README. */
final class Readme {

    private Readme() {
    }

    static String text() throws IOException {
        return Files.readString(Path.of(System.getProperty("basedir"), "..", "README.md"));
    }

    /** What stands under a heading of the second level. */
    static String section(String heading) throws IOException {
        Matcher section = Pattern.compile("(?ms)^## " + Pattern.quote(heading) + "\n(.*?)(?=^## |\\z)").matcher(text());
        assertThat(section.find()).as(heading).isTrue();
        return section.group(1);
    }

    /** The code of a language in the whole of it; there is some. */
    static List<String> blocks(String language) throws IOException {
        return blocks(text(), language);
    }

    static List<String> blocks(String text, String language) {
        Matcher matcher = Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$").matcher(text);
        List<String> blocks = new ArrayList<>();
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        assertThat(blocks).as(language).isNotEmpty();
        return blocks;
    }

}
