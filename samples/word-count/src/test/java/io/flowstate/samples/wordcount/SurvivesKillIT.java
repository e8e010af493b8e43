package io.flowstate.samples.wordcount;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Runs the packaged sample as a process, kills it with SIGKILL again and again, and
 * compares what it has counted in the end with the counts of a program that shares no
 * code with it.
 */
class SurvivesKillIT {

    private static final int PASSES = 2;

    private static final int RATE = 4000;

    private static final int KILLS = 6;

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

    private static final Path TEXT = Path.of("src/main/resources/king-james-bible.txt");

    @TempDir
    private Path directory;

    private long checkpoints;

    private long repeatedLines;

    private int killsThatRepeatedLines;

    @Test
    void everyCountIsRightAfterManyKills() throws IOException {
        long lines = PASSES * lineCount();
        long seed = System.nanoTime();
        System.out.println("SurvivesKillIT: seed " + seed);

        Seen beforeLastKill = killAgainAndAgain(lines, new SplittableRandom(seed));
        Map<String, Long> counted = finish(beforeLastKill);

        Map<String, Long> expected = countIndependently();
        assertThat(counted).isEqualTo(expected);
        assertThat(this.killsThatRepeatedLines).isGreaterThanOrEqualTo(3);
        System.out.printf(Locale.ROOT,
                "SurvivesKillIT: %d kills, %d of them past a checkpoint of their run; %d checkpoints; %d lines of %d"
                        + " counted again; the counts of %d words are right%n",
                KILLS, this.killsThatRepeatedLines, this.checkpoints, this.repeatedLines, lines, expected.size());
    }

    @Test
    void exitEndsTheProcessAndTheNextStartFindsTheWorkDone() {
        String[] options = { "--passes=1", "--rate=0", "--exit" };

        try (WordCountProcess first = WordCountProcess.start(this.directory, options)) {
            assertThat(first.awaitEnd()).isZero();
            assertThat(first.console()).anyMatch((line) -> line.contains("no checkpoint yet"))
                .anyMatch((line) -> line.contains("all passes are done"))
                .contains("       63919  the");
        }
        try (WordCountProcess second = WordCountProcess.start(this.directory, options)) {
            assertThat(second.awaitEnd()).isZero();
            assertThat(second.console())
                .anyMatch((line) -> line.matches(".*recovered checkpoint \\d+: pass 1, line 31102"))
                .contains("       63919  the");
        }
    }

    @Test
    void aBadArgumentEndsTheProcessWithAMessage() {
        try (WordCountProcess process = WordCountProcess.start(this.directory, "--passes=0")) {
            assertThat(process.awaitEnd()).isEqualTo(2);
            assertThat(process.console()).containsExactly("--passes must be a whole number of at least 1, but was '0'");
        }
    }

    private static long lineCount() throws IOException {
        try (Stream<String> lines = Files.lines(TEXT)) {
            return lines.count();
        }
    }

    private WordCountProcess start() {
        return WordCountProcess.start(this.directory, "--passes=" + PASSES, "--rate=" + RATE,
                "--flowstate.checkpoint.interval=500ms");
    }

    /**
     * The first kill comes as soon as the process says that it has counted a line, the
     * others at random places, one in each part of the text, and after a checkpoint of
     * the same run.
     */
    private Seen killAgainAndAgain(long lines, SplittableRandom random) {
        long part = lines / (KILLS + 2); // the last one is left for the finish
        Seen seen = Seen.NOTHING;
        for (int kill = 0; kill < KILLS; kill++) {
            long earliest = (kill == 0) ? 1 : kill * part + random.nextLong(part);
            boolean afterCheckpoint = kill > 0;
            try (WordCountProcess process = start()) {
                Seen recovered = recovered(process, seen);
                seen = awaitProgress(process, (now) -> now.line() >= earliest
                        && (!afterCheckpoint || now.checkpoint() > recovered.checkpoint()));
                assertThat(process.kill()).isEqualTo(WordCountProcess.EXIT_CODE_OF_SIGKILL);
                assertThat(process.console()).noneMatch((line) -> line.contains("all passes are done"));
                assertThat(seen.line()).isBetween(1L, lines - 1);
                this.checkpoints += seen.checkpoint() - recovered.checkpoint();
            }
        }
        return seen;
    }

    private Seen recovered(WordCountProcess process, Seen beforeKill) {
        JsonNode progress = process.getJson("/progress");
        JsonNode position = progress.path("recovered");
        Seen recovered = new Seen(line(position, progress), progress.path("recoveredCheckpoint").asLong(0), "");
        assertThat(recovered.checkpoint()).isGreaterThanOrEqualTo(beforeKill.checkpoint());
        if (recovered.checkpoint() > 0) {
            assertThat(process.console())
                .anyMatch((line) -> line.endsWith("recovered checkpoint " + recovered.checkpoint() + ": pass "
                        + position.path("pass").asInt() + ", line " + position.path("line").asInt()));
        }
        if (recovered.checkpoint() > 0 && recovered.line() < beforeKill.line()) {
            this.killsThatRepeatedLines++;
            this.repeatedLines += beforeKill.line() - recovered.line();
        }
        return recovered;
    }

    private Map<String, Long> finish(Seen beforeLastKill) {
        try (WordCountProcess process = start()) {
            Seen recovered = recovered(process, beforeLastKill);
            Seen done = awaitProgress(process, (now) -> now.status().equals("DONE"));
            this.checkpoints += done.checkpoint() - recovered.checkpoint();
            Map<String, Long> counted = new HashMap<>();
            for (JsonNode entry : process.getJson("/top?n=1000000")) {
                counted.put(entry.path("word").asString(), entry.path("count").asLong());
            }
            checkOtherAnswers(process, counted, done);
            assertThat(process.terminate()).isEqualTo(WordCountProcess.EXIT_CODE_OF_SIGTERM);
            assertThat(process.console()).anyMatch((line) -> line.matches(".*Checkpoint \\d+ was taken at shutdown"));
            return counted;
        }
    }

    private static void checkOtherAnswers(WordCountProcess process, Map<String, Long> counted, Seen done) {
        assertThat(process.getJson("/words/LORD").path("count").asLong()).isEqualTo(counted.get("lord"));
        assertThat(process.getJson("/words/xyzzy").path("count").asLong()).isZero();
        assertThat(process.getJson("/top")).hasSize(20);
        assertThat(process.getJson("/top?n=1").path(0).path("word").asString()).isEqualTo("the");
        List<String> expected = counted.keySet().stream().filter((word) -> word.startsWith("li")).sorted().toList();
        JsonNode found = process.getJson("/words?prefix=LI&n=1000");
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.path(i).path("word").asString()).isEqualTo(expected.get(i));
            assertThat(found.path(i).path("count").asLong()).isEqualTo(counted.get(expected.get(i)));
        }
        assertThat(process.getJson("/words?prefix=li&n=3")).hasSize(3);
        HttpResponse<String> refusal = process.get("/top?n=0");
        assertThat(refusal.statusCode()).isEqualTo(400);
        assertThat(refusal.body()).contains("n must be at least 1, but was 0");
        assertThat(process.get("/actuator/flowstate/console").body()).contains("<title>FlowState</title>");
        JsonNode health = process.getJson("/actuator/health").path("components").path("flowstate");
        assertThat(health.path("status").asString()).isEqualTo("UP");
        assertThat(health.path("details").path("checkpointVersion").asLong()).isGreaterThanOrEqualTo(done.checkpoint());
    }

    private static Seen awaitProgress(WordCountProcess process, Predicate<Seen> condition) {
        return await().atMost(TIMEOUT).pollInterval(POLL_INTERVAL).until(() -> {
            JsonNode progress = process.getJson("/progress");
            return new Seen(line(progress, progress), progress.path("lastCheckpoint").asLong(0),
                    progress.path("status").asString());
        }, condition);
    }

    private static long line(JsonNode position, JsonNode progress) {
        return (position.path("pass").asLong() - 1) * progress.path("lines").asLong() + position.path("line").asLong();
    }

    private static Map<String, Long> countIndependently() throws IOException {
        Map<String, Long> counts = new HashMap<>();
        Matcher words = Pattern.compile("[\\p{L}']+").matcher(Files.readString(TEXT));
        while (words.find()) {
            counts.merge(words.group().toLowerCase(Locale.ROOT), (long) PASSES, Long::sum);
        }
        return counts;
    }

    /**
     * What the sample said of itself.
     *
     * @param line how many lines it had counted, all passes together
     * @param checkpoint its newest checkpoint, 0 for none
     * @param status what it was doing
     */
    private record Seen(long line, long checkpoint, String status) {

        static final Seen NOTHING = new Seen(0, 0, "");

    }

}
