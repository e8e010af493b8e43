package io.flowstate.samples.orders;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged sample, running as a process of its own with its state in the emulator;
 * asked over HTTP, killed by signal. Its console is kept and passed on to the test's.
 */
final class OrdersProcess implements AutoCloseable {

    static final int EXIT_CODE_OF_SIGKILL = 128 + 9;

    static final int EXIT_CODE_OF_SIGTERM = 128 + 15;

    private static final Pattern ADDRESS = Pattern.compile("ask at (http://localhost:\\d+)/totals");

    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);

    private static final Duration END_TIMEOUT = Duration.ofSeconds(90);

    private static final HttpClient http = HttpClient.newHttpClient();

    private static final JsonMapper json = new JsonMapper();

    private final Process process;

    private final List<String> console = new CopyOnWriteArrayList<>();

    private final CompletableFuture<String> address = new CompletableFuture<>();

    private final Thread reader;

    private OrdersProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::readConsole, "console of " + process.pid());
        this.reader.setDaemon(true);
        this.reader.start();
    }

    /**
     * Starts the jar on a free port.
     * @param directory the working directory: all that the process has locally
     * @param connectionString that of the storage account
     * @param options further arguments
     * @return the process, just started
     */
    static OrdersProcess start(Path directory, String connectionString, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx256m", "-Djava.io.tmpdir=" + directory, "-jar",
                System.getProperty("orders-azure.jar")));
        command.add("--server.port=0");
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("SPRING_CLOUD_AZURE_STORAGE_BLOB_CONNECTIONSTRING", connectionString);
        try {
            return new OrdersProcess(builder.start());
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void readConsole() {
        try (BufferedReader lines = this.process.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null) {
                System.out.println("[" + this.process.pid() + "] " + line);
                this.console.add(line);
                Matcher matcher = ADDRESS.matcher(line);
                if (matcher.find()) {
                    this.address.complete(matcher.group(1));
                }
                line = lines.readLine();
            }
        }
        catch (IOException ex) {
            this.console.add("the console broke off: " + ex);
        }
        this.address.completeExceptionally(new IllegalStateException("the process ended: " + this.console));
    }

    /**
     * Asks for a page and waits for the process to be up.
     * @param path the path with its query
     * @return the answer's status and body
     */
    HttpResponse<String> get(String path) {
        try {
            String address = this.address.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            return http.send(HttpRequest.newBuilder(URI.create(address + path)).timeout(ANSWER_TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
        catch (Exception ex) {
            throw new IllegalStateException("no answer to " + path, ex);
        }
    }

    JsonNode getJson(String path) {
        return json.readTree(get(path).body());
    }

    /**
     * Sends SIGKILL.
     * @return the exit code
     */
    int kill() {
        this.process.toHandle().destroyForcibly(); // that of the process closes its
                                                   // console
        return awaitEnd();
    }

    /**
     * Sends SIGTERM.
     * @return the exit code
     */
    int terminate() {
        this.process.toHandle().destroy(); // as above
        return awaitEnd();
    }

    /**
     * Waits until the process has ended and its console is read to the end.
     * @return the exit code
     */
    int awaitEnd() {
        try {
            if (!this.process.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the process did not end within " + END_TIMEOUT);
            }
            this.reader.join(END_TIMEOUT.toMillis());
            return this.process.exitValue();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    /**
     * What the process has printed.
     * @return its lines so far
     */
    List<String> console() {
        return this.console;
    }

    @Override
    public void close() {
        this.process.destroyForcibly();
    }

}
