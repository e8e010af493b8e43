package io.flowstate.storage;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Another process that tries to open a log directory, says how that went, and holds it
 * until its input ends.
 */
final class LockHolder implements AutoCloseable {

    private final Process process;

    private final String answer;

    private LockHolder(Process process, String answer) {
        this.process = process;
        this.answer = answer;
    }

    /** The other process. */
    public static void main(String[] arguments) throws IOException {
        try (LogDevice device = LogDeviceFactory.local(Path.of(arguments[0])).open(arguments[1])) {
            answer("open " + device.segments().size());
            System.in.readAllBytes();
        }
        catch (StateLockedException ex) {
            answer("locked by " + ex.owner());
        }
    }

    private static void answer(String text) throws IOException {
        System.out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    static LockHolder start(Path directory, String owner) throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                LockHolder.class.getName(), directory.toString(), owner)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
        BufferedReader output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        return new LockHolder(process, String.valueOf(output.readLine()));
    }

    /** What it said: "open" and a number, or "locked by" and an owner. */
    String answer() {
        return this.answer;
    }

    /** Ends it as a crash does. */
    void kill() {
        this.process.destroyForcibly();
        awaitEnd();
    }

    /** Lets it close the directory and end. */
    @Override
    public void close() throws IOException {
        this.process.getOutputStream().close();
        awaitEnd();
    }

    private void awaitEnd() {
        this.process.onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }

}
