package io.flowstate.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A run of one store in a JVM of its own. It prints what it measured as lines
 * {@code RESULT name=value}; other lines pass through. At the line {@code KILL} it is
 * killed.
 */
final class ForkedRun {

    private static final String RESULT = "RESULT ";

    private static final String KILL = "KILL";

    private ForkedRun() {
    }

    /** Prints a result for the one who forked. */
    static void result(String name, Object value) {
        System.out.println(RESULT + name + "=" + value);
    }

    /** Prints what was measured for the one who forked. */
    static void measured(String name, double value) {
        result(name, String.format(Locale.ROOT, "%.3f", value));
    }

    /** Asks to be killed, and waits for it. */
    static void awaitKill() throws InterruptedException {
        System.out.println(KILL);
        Thread.currentThread().join();
    }

    /**
     * Runs a main class.
     * @param heap as in {@code -Xmx}
     * @return the results in the order in which they came
     */
    static Map<String, String> of(Class<?> main, String heap, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xms" + heap,
                "-Xmx" + heap, "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                // lmdbjava makes buffers of mapped memory, Xodus unmaps them.
                "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"));
        String options = System.getProperty("forked.options", "");
        if (!options.isEmpty()) {
            command.addAll(List.of(options.split(" ")));
        }
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Map<String, String> results = new LinkedHashMap<>();
        boolean killed = false;
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(RESULT)) {
                    String[] pair = line.substring(RESULT.length()).split("=", 2);
                    results.put(pair[0], pair[1]);
                }
                else if (line.equals(KILL)) {
                    process.destroyForcibly();
                    killed = true;
                    break;
                }
                else {
                    System.out.println(line);
                }
            }
        }
        int code = process.waitFor();
        if (code != 0 && !killed) {
            throw new IllegalStateException(main.getSimpleName() + " " + arguments + " ended with " + code);
        }
        return results;
    }

}
