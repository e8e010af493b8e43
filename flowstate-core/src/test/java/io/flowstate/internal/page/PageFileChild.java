package io.flowstate.internal.page;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Another process that has a modified-page file with pages in it until it is killed or
 * its input ends.
 */
final class PageFileChild implements AutoCloseable {

    private final Process process;

    private PageFileChild(Process process) {
        this.process = process;
    }

    /** The other process. */
    public static void main(String[] arguments) throws IOException {
        try (ModifiedPageFile file = ModifiedPageFile.open(Path.of(arguments[0]), 1 << 30, "child")) {
            for (int i = 0; i < 100; i++) {
                file.write(ByteBuffer.allocate(1_000_000));
            }
            System.out.write("written\n".getBytes(StandardCharsets.UTF_8));
            System.out.flush();
            System.in.readAllBytes();
        }
    }

    static PageFileChild start(Path directory) throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                PageFileChild.class.getName(), directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
        BufferedReader output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String answer = output.readLine();
        if (!"written".equals(answer)) {
            process.destroyForcibly();
            throw new AssertionError("the other process said " + answer);
        }
        return new PageFileChild(process);
    }

    /** Ends it as a crash does. */
    void kill() {
        this.process.destroyForcibly();
        awaitEnd();
    }

    @Override
    public void close() throws IOException {
        this.process.getOutputStream().close();
        awaitEnd();
    }

    private void awaitEnd() {
        this.process.onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }

}
