package io.flowstate.samples.wordcount;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.flowstate.state.StateCursor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Answers questions about the counts, also while they change. */
@RestController
final class WordCountController {

    private static final Logger logger = LoggerFactory.getLogger(WordCountController.class);

    private final WordCounter counter;

    WordCountController(WordCounter counter) {
        this.counter = counter;
    }

    @EventListener
    void announce(ApplicationReadyEvent event) {
        logger.info("ask at http://localhost:{}/top",
                event.getApplicationContext().getEnvironment().getProperty("local.server.port"));
    }

    @GetMapping("/words/{word}")
    CountedWord word(@PathVariable String word) {
        String lowerCase = word.toLowerCase(Locale.ROOT);
        return new CountedWord(lowerCase, this.counter.words().get(lowerCase));
    }

    @GetMapping("/words")
    List<CountedWord> words(@RequestParam(defaultValue = "") String prefix, @RequestParam(defaultValue = "20") int n) {
        check(n);
        List<CountedWord> found = new ArrayList<>();
        try (StateCursor<String, Long> cursor = this.counter.byName().prefix(prefix.toLowerCase(Locale.ROOT))) {
            while (found.size() < n && cursor.advance()) {
                found.add(new CountedWord(cursor.key(), cursor.value()));
            }
        }
        return found;
    }

    @PostMapping(path = "/words", consumes = MediaType.TEXT_PLAIN_VALUE)
    List<CountedWord> count(@RequestBody String text) {
        return this.counter.count(text);
    }

    @GetMapping("/top")
    List<CountedWord> top(@RequestParam(defaultValue = "20") int n) {
        check(n);
        return CountedWord.top(this.counter.words(), n);
    }

    private static void check(int n) {
        if (n < 1) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "n must be at least 1, but was " + n);
        }
    }

    @GetMapping("/progress")
    Progress progress() {
        return this.counter.progress();
    }

}
