package io.flowstate.samples.wordcount;

import io.flowstate.StateManager;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ClassPathResource;

/**
 * Counts the words of a book, and answers questions about them while it does.
 *
 * <pre>
 *   --passes=N  how often the book is read from front to back, at least 1 (default 1)
 *   --rate=N    lines a second, 0 for as fast as possible (default 1000)
 *   --exit      ends the process when all passes are done
 * </pre>
 */
@SpringBootApplication(proxyBeanMethods = false)
public final class WordCountApplication {

    private static final int EXIT_BAD_ARGUMENT = 2;

    /**
     * Starts the sample.
     * @param args the options above, and any of Spring Boot's
     * @throws InterruptedException if the thread is interrupted while it waits for the
     * end
     */
    public static void main(String[] args) throws InterruptedException {
        Settings settings;
        try {
            settings = Settings.parse(new DefaultApplicationArguments(args));
        }
        catch (IllegalArgumentException ex) {
            System.err.println(ex.getMessage());
            System.exit(EXIT_BAD_ARGUMENT);
            return;
        }
        ConfigurableApplicationContext context = SpringApplication.run(WordCountApplication.class, args);
        if (settings.exit()) {
            boolean done = context.getBean(WordCounter.class).awaitEnd();
            System.exit(SpringApplication.exit(context, () -> done ? 0 : 1));
        }
    }

    @Bean
    Settings settings(ApplicationArguments arguments) {
        return Settings.parse(arguments);
    }

    @Bean
    Book book() {
        return Book.open(new ClassPathResource("king-james-bible.txt"));
    }

    @Bean
    WordCounter wordCounter(StateManager state, Book book, Settings settings) {
        return new WordCounter(state, book, settings, System::nanoTime);
    }

}
