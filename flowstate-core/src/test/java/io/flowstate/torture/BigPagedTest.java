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
 * A queue, a sorted map with five times as many entries, and random operations on it, in
 * a process with a heap of 256 MiB and a cache of 100 pages: every answer is right, also
 * after reopening, and the heap stays flat. With
 * {@code -Dflowstate.torture.bigPaged=1000000} a million elements, five million entries
 * and a million operations.
 */
class BigPagedTest {

    private static final String NAME = "big-paged";

    @TempDir
    Path temporary;

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void pagesFarBeyondTheCacheFitASmallHeap() throws Exception {
        long seed = Torture.seed(NAME);
        int count = Torture.count("bigPaged", 100_000);

        String last = null;
        try (Child child = Child.start(BigPagedChild.class, this.temporary.resolve("errors.txt"), List.of("-Xmx256m"),
                List.of(this.temporary.toString(), Long.toString(seed), Integer.toString(count),
                        Integer.toString(5 * count), Integer.toString(count)))) {
            for (String line = child.line(); line != null; line = child.line()) {
                Torture.say(NAME, "%s", line);
                last = line;
            }
            assertThat(child.awaitEnd()).as("ended by itself").isFalse();
        }

        assertThat(last).isEqualTo("DONE");
    }

}
