package io.flowstate.samples.wordcount;

import java.util.List;

import org.springframework.boot.ApplicationArguments;

/**
 * What the command line asks for.
 *
 * @param passes how often the book is read, at least 1
 * @param rate lines a second, 0 for as fast as possible
 * @param exit whether the process ends when all passes are done
 */
record Settings(int passes, int rate, boolean exit) {

    private static final int DEFAULT_PASSES = 1;

    private static final int DEFAULT_RATE = 1000;

    /**
     * Reads the options {@code --passes}, {@code --rate} and {@code --exit}; others are
     * left to Spring Boot.
     * @param arguments the command line
     * @return the settings
     * @throws IllegalArgumentException naming the option, and what was found
     */
    static Settings parse(ApplicationArguments arguments) {
        return new Settings(number(arguments, "passes", 1, DEFAULT_PASSES), number(arguments, "rate", 0, DEFAULT_RATE),
                arguments.containsOption("exit"));
    }

    private static int number(ApplicationArguments arguments, String option, int least, int absent) {
        List<String> values = arguments.getOptionValues(option);
        if (values == null) {
            return absent;
        }
        String found = String.join(",", values);
        try {
            int number = Integer.parseInt(found);
            if (number >= least) {
                return number;
            }
        }
        catch (NumberFormatException ex) {
            // answered below, together with a number that is too small
        }
        throw new IllegalArgumentException(
                "--" + option + " must be a whole number of at least " + least + ", but was '" + found + "'");
    }

}
