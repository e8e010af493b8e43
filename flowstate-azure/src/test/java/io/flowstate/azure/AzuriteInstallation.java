package io.flowstate.azure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The storage emulator Azurite, installed by npm from the lock file in
 * {@code src/test/resources}. Kept outside of {@code target}, in
 * {@code ~/.cache/flowstate/azurite-VERSION} or the directory of {@code -Dazurite.home},
 * so that it is installed once a machine and version. Also a main class that only
 * installs.
 */
final class AzuriteInstallation {

    private static final Pattern VERSION = Pattern.compile("\"azurite\": \"([0-9.]+)\"");

    private AzuriteInstallation() {
    }

    /**
     * Installs it if it is not there.
     * @return the script that starts the emulator of blobs
     */
    static Path script() throws IOException, InterruptedException {
        Matcher version = VERSION.matcher(new String(locked("package.json"), StandardCharsets.UTF_8));
        if (!version.find()) {
            throw new IllegalStateException("no version of azurite in package.json");
        }
        String home = System.getProperty("azurite.home",
                System.getProperty("user.home") + "/.cache/flowstate/azurite-" + version.group(1));
        Path directory = Path.of(home);
        Path script = directory.resolve(Path.of("node_modules", "azurite", "dist", "src", "blob", "main.js"));
        Path done = directory.resolve("installed");
        Files.createDirectories(directory);
        try (FileChannel lock = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
            lock.lock(); // one JVM installs, the others wait
            if (!Files.exists(done)) {
                install(directory);
                Files.createFile(done);
            }
        }
        return script;
    }

    private static void install(Path directory) throws IOException, InterruptedException {
        for (String file : List.of("package.json", "package-lock.json")) {
            Files.write(directory.resolve(file), locked(file));
        }
        Path log = directory.resolve("npm.log");
        System.out.println("[azurite] installing into " + directory + ", once");
        Process npm;
        try {
            npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        }
        catch (IOException ex) {
            throw nodeMissing(ex);
        }
        if (!npm.waitFor(5, TimeUnit.MINUTES) || npm.exitValue() != 0) {
            npm.destroyForcibly();
            throw new IllegalStateException("npm could not install Azurite, see " + log);
        }
    }

    /** A file of the locked installation; other modules find it in our test-jar. */
    private static byte[] locked(String file) throws IOException {
        try (InputStream input = AzuriteInstallation.class.getResourceAsStream("azurite/" + file)) {
            if (input == null) {
                throw new IllegalStateException("no azurite/" + file + " on the class path");
            }
            return input.readAllBytes();
        }
    }

    /** What to do on a machine without node. */
    static IllegalStateException nodeMissing(IOException cause) {
        return new IllegalStateException("install Node.js 20 or newer with npm (Debian: nodejs, npm) to run the tests "
                + "of flowstate-azure, or leave them out with -Dazurite=off", cause);
    }

    public static void main(String... args) throws Exception {
        System.out.println(script());
    }

}
