package io.flowstate.testing;

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
 * A package that npm installs from a lock file for tests. Kept outside of {@code target},
 * in {@code ~/.cache/flowstate/NAME-VERSION} or the directory of {@code -DNAME.home}, so
 * that it is installed once a machine and version.
 */
public final class NpmPackage {

    private final String name;

    private final Class<?> owner;

    private final String otherwise;

    /**
     * Describes a package.
     * @param name its name
     * @param owner a class beside whose directory of that name on the class path
     * {@code package.json} and its lock file lie
     * @param otherwise what a machine without node cannot do, for its error message
     */
    public NpmPackage(String name, Class<?> owner, String otherwise) {
        this.name = name;
        this.owner = owner;
        this.otherwise = otherwise;
    }

    /**
     * Installs it if it is not there.
     * @return its directory
     */
    public Path directory() throws IOException, InterruptedException {
        Matcher version = Pattern.compile("\"" + Pattern.quote(this.name) + "\": \"([0-9.]+)\"")
            .matcher(new String(locked("package.json"), StandardCharsets.UTF_8));
        if (!version.find()) {
            throw new IllegalStateException("no version of " + this.name + " in package.json");
        }
        String home = System.getProperty(this.name + ".home",
                System.getProperty("user.home") + "/.cache/flowstate/" + this.name + "-" + version.group(1));
        Path directory = Path.of(home);
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
        return directory.resolve("node_modules").resolve(this.name);
    }

    private void install(Path directory) throws IOException, InterruptedException {
        for (String file : List.of("package.json", "package-lock.json")) {
            Files.write(directory.resolve(file), locked(file));
        }
        Path log = directory.resolve("npm.log");
        System.out.println("[" + this.name + "] installing into " + directory + ", once");
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
            throw new IllegalStateException("npm could not install " + this.name + ", see " + log);
        }
    }

    private byte[] locked(String file) throws IOException {
        String path = this.name + "/" + file;
        try (InputStream input = this.owner.getResourceAsStream(path)) {
            if (input == null) {
                throw new IllegalStateException("no " + path + " on the class path");
            }
            return input.readAllBytes();
        }
    }

    /**
     * What to do on a machine without node.
     * @param cause why npm or node could not be started
     * @return an error that says it
     */
    public IllegalStateException nodeMissing(IOException cause) {
        return new IllegalStateException(
                "install Node.js 20 or newer with npm (Debian: nodejs, npm) to " + this.otherwise, cause);
    }

}
