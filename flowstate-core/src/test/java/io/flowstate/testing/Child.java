package io.flowstate.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
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
 * A JVM of its own that runs a main class of the test tree and talks in lines. What it
 * prints on its error stream goes to a file and is shown if something is wrong. Belongs
 * to one thread.
 */
public final class Child implements AutoCloseable {

    private static final int EXIT_AFTER_SIGKILL = 128 + 9;

    private static final long SILENCE_SECONDS = 90;

    private static final String END = new String("end");

    private final Process process;

    private final Path errors;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private boolean ended; // whether END was taken

    private Child(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        Thread reader = new Thread(this::readLines, "child-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a child.
     * @param main its main class
     * @param errors the file for its error stream
     * @param options for the JVM
     * @param arguments for the main class
     * @return the child
     */
    public static Child start(Class<?> main, Path errors, List<String> options, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-ea", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xss512k",
                "-Dfile.encoding=UTF-8", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
            .start();
        return new Child(process, errors);
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

    /**
     * Waits for the next line.
     * @return the line, or null if the child closed its output
     */
    @SuppressWarnings("ReferenceEquality") // a line of that text is no end
    public @Nullable String line() throws InterruptedException {
        if (this.ended) {
            return null;
        }
        String line = this.lines.poll(SILENCE_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("the child is silent, it hangs\n" + threads() + errors());
        }
        this.ended = line == END;
        return this.ended ? null : line;
    }

    /**
     * Tells the child something.
     * @param line the line
     */
    public void tell(String line) throws IOException {
        this.process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        this.process.getOutputStream().flush();
    }

    /**
     * The number of its process.
     * @return a process id
     */
    public long pid() {
        return this.process.pid();
    }

    /**
     * Sends the child a signal, as to stop it and let it go on.
     * @param name as {@code kill} knows it, such as {@code STOP}
     */
    public void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).inheritIO()
            .start()
            .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill -" + name + " ended with " + exit);
        }
    }

    /** Kills the child with SIGKILL, unless it has ended by itself. */
    public void kill() {
        // Through its handle: the process itself would close its streams, with lines
        // unread in them.
        this.process.toHandle().destroyForcibly();
    }

    /**
     * Waits for the end of a child that was killed or should end by itself.
     * @return whether it was killed; otherwise it ended well
     */
    public boolean awaitEnd() throws InterruptedException {
        if (!this.process.waitFor(SILENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the child does not end\n" + threads() + errors());
        }
        int exit = this.process.exitValue();
        if (exit != 0 && exit != EXIT_AFTER_SIGKILL) {
            throw new AssertionError("the child ended with " + exit + "\n" + errors());
        }
        return exit != 0;
    }

    /**
     * The end of what the child printed on its error stream.
     * @return the text
     */
    public String errors() {
        try {
            String text = Files.readString(this.errors);
            return text.substring(Math.max(0, text.length() - 8000));
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private String threads() {
        try {
            Process jstack = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jstack").toString(),
                    Long.toString(this.process.pid()))
                .redirectErrorStream(true)
                .start();
            return new String(jstack.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
        catch (IOException ex) {
            return "no jstack: " + ex + "\n";
        }
    }

    @Override
    public void close() {
        this.process.destroyForcibly();
    }

}
