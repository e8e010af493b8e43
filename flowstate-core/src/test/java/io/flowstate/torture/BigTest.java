package io.flowstate.torture;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.flowstate.testing.Child;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A million entries with 8 MiB of log memory in a process with a small heap: written,
 * checkpointed, read at random, scanned, closed, opened and read again, with every value
 * compared, and the memory outside the heap watched. With
 * {@code -Dflowstate.torture.bigEntries=10000000} in a heap of 512 MiB and with 64 MiB of
 * log memory.
 */
class BigTest {

    private static final String NAME = "big";

    @TempDir
    Path temporary;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aMillionEntriesFitASmallMemory() throws Exception {
        long seed = Torture.seed(NAME);
        int entries = Torture.count("bigEntries", 1_000_000);
        boolean large = entries > 1_000_000;

        String last = null;
        try (Child child = Child.start(BigChild.class, this.temporary.resolve("errors.txt"),
                List.of(large ? "-Xmx512m" : "-Xmx64m"), List.of(this.temporary.toString(), Long.toString(seed),
                        Integer.toString(entries), large ? "64" : "8"))) {
            for (String line = child.line(); line != null; line = child.line()) {
                Torture.say(NAME, "%s", line);
                last = line;
            }
            assertThat(child.awaitEnd()).as("ended by itself").isFalse();
        }

        assertThat(last).isEqualTo("DONE");
    }

}
