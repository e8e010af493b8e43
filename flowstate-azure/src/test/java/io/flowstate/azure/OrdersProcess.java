package io.flowstate.azure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A JVM of its own that runs {@link OrdersChild}, as a machine of its own would: its
 * directory is its own too. Belongs to one thread.
 */
final class OrdersProcess implements AutoCloseable {

    private static final int EXIT_AFTER_SIGKILL = 128 + 9;

    private static final long SILENCE_SECONDS = 90;

    private static final String END = "<end of output>";

    private final Process process;

    private final Path errors;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private OrdersProcess(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        Thread reader = new Thread(this::readLines, "child-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a child.
     * @param directory its machine's disk
     * @param connection connection string, container and prefix
     * @param seed that of the workload
     * @param round the round, by which settings change
     */
    static OrdersProcess start(Path directory, List<String> connection, long seed, int round) throws IOException {
        Path errors = directory.resolve("errors.txt");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-ea", "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx192m", "-Dfile.encoding=UTF-8",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", System.getProperty("java.class.path"),
                        OrdersChild.class.getName()));
        command.addAll(connection);
        command.addAll(List.of(directory.toString(), Long.toString(seed), Integer.toString(round)));
        return new OrdersProcess(new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
    }

    private void readLines() {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(this.process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                this.lines.add(line);
            }
        }
        catch (IOException ex) {
            this.lines.add("TROUBLE the pipe broke: " + ex);
        }
        this.lines.add(END);
    }

    /** The next line, or null if the child has ended. */
    @Nullable String line() throws InterruptedException {
        String line = this.lines.poll(SILENCE_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("the child is silent, it hangs\n" + errors());
        }
        return line.equals(END) ? null : line;
    }

    /** Sends it a signal of this name. */
    void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).inheritIO()
            .start()
            .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill -" + name + " ended with " + exit);
        }
    }

    /** Ends it with SIGKILL. */
    void kill() {
        this.process.toHandle().destroyForcibly();
    }

    void awaitKilled() throws InterruptedException {
        if (!this.process.waitFor(SILENCE_SECONDS, TimeUnit.SECONDS)
                || this.process.exitValue() != EXIT_AFTER_SIGKILL) {
            throw new AssertionError("the child was not killed, but ended by itself\n" + errors());
        }
    }

    /** The end of what it printed on its error stream. */
    String errors() {
        try {
            String text = Files.readString(this.errors);
            return text.substring(Math.max(0, text.length() - 8000));
        }
        catch (IOException ex) {
            return "no error output: " + ex;
        }
    }

    @Override
    public void close() {
        this.process.destroyForcibly();
    }

}
