package io.flowstate.samples.wordcount;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged sample, running as a process of its own; asked over HTTP, killed by
 * signal. Its console is kept and passed on to the test's.
 */
final class WordCountProcess implements AutoCloseable {

    static final int EXIT_CODE_OF_SIGKILL = 128 + 9;

    static final int EXIT_CODE_OF_SIGTERM = 128 + 15;

    private static final String JAR = System.getProperty("word-count.jar");

    private static final Pattern ADDRESS = Pattern.compile("ask at (http://localhost:\\d+)/top");

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration END_TIMEOUT = Duration.ofSeconds(60);

    private static final HttpClient http = HttpClient.newHttpClient();

    private static final JsonMapper json = new JsonMapper();

    private final Process process;

    private final List<String> console = new CopyOnWriteArrayList<>();

    private final CompletableFuture<String> address = new CompletableFuture<>();

    private final Thread reader;

    private WordCountProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::readConsole, "console of " + process.pid());
        this.reader.setDaemon(true);
        this.reader.start();
    }

    /**
     * Starts the jar on a free port, with its state in a directory.
     * @param directory the working directory; the state is under {@code data} in it
     * @param options further arguments
     * @return the process, just started
     */
    static WordCountProcess start(Path directory, String... options) {
        return start(directory, List.of("-jar", JAR), options);
    }

    /**
     * Starts the jar as {@link #start} does, with the beans that the build has worked
     * out.
     * @param directory the working directory
     * @param options further arguments
     * @return the process, just started
     */
    static WordCountProcess startAot(Path directory, String... options) {
        return start(directory, List.of("-Dspring.aot.enabled=true", "-jar", JAR), options);
    }

    /**
     * Starts the jar as {@link #start} does, with beans of the test beside its own.
     * @param directory the working directory
     * @param beans a configuration class of the test tree
     * @param options further arguments
     * @return the process, just started
     */
    static WordCountProcess startWith(Path directory, Class<?> beans, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--spring.main.sources=" + beans.getName());
        return start(directory, List.of("-Dloader.path=" + testClasses(), "-cp", JAR,
                "org.springframework.boot.loader.launch.PropertiesLauncher"), all.toArray(String[]::new));
    }

    private static Path testClasses() {
        try {
            return Path.of(WordCountProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        }
        catch (URISyntaxException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static WordCountProcess start(Path directory, List<String> program, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx256m", "-Djava.io.tmpdir=" + directory));
        command.addAll(program);
        command.add("--server.port=0");
        command.addAll(List.of(options));
        try {
            return new WordCountProcess(
                    new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start());
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

    long pid() {
        return this.process.pid();
    }

    /**
     * Asks for a page and waits for the process to be up.
     * @param path the path with its query
     * @return the answer's status and body
     */
    HttpResponse<String> get(String path) {
        return send(path, HttpRequest.newBuilder());
    }

    JsonNode getJson(String path) {
        return json.readTree(get(path).body());
    }

    /**
     * Posts something and waits for the process to be up.
     * @param path the path
     * @param type what is posted
     * @param body the text of it
     * @return the answer's status and body
     */
    HttpResponse<String> post(String path, String type, String body) {
        return send(path,
                HttpRequest.newBuilder().header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(String path, HttpRequest.Builder request) {
        try {
            return http.send(request.uri(address().resolve(path)).timeout(ANSWER_TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
        catch (IOException ex) {
            throw new UncheckedIOException("no answer to " + path, ex);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    /**
     * Where it is to be asked; waits for the process to be up.
     * @return the address
     */
    URI address() {
        try {
            return URI.create(this.address.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
        catch (ExecutionException | TimeoutException ex) {
            throw new IllegalStateException("the process is not up", ex);
        }
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
        beginTerminate();
        return awaitEnd();
    }

    /** Sends SIGTERM. */
    void beginTerminate() {
        this.process.toHandle().destroy(); // as above
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
