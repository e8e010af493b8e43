package io.flowstate.azure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

import io.flowstate.testing.NpmPackage;

/**
 * Starts the emulator Azurite on a free port for the tests of this JVM, once, and ends it
 * with the JVM. A machine without node fails these tests, saying what to install;
 * {@code -Dazurite=off} leaves them out by choice.
 */
public final class Azurite implements BeforeAllCallback, ExecutionCondition {

    /** The account and key that every emulator has; no secret. */
    public static final String ACCOUNT = "devstoreaccount1";

    public static final String KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static final NpmPackage PACKAGE = new NpmPackage("azurite", Azurite.class,
            "run the tests of flowstate-azure, or leave them out with -Dazurite=off");

    private static final Object starting = new Object();

    private static Process process; // guarded by starting

    private static int port; // guarded by starting

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (System.getProperty("azurite", "on").equals("off")) {
            System.out.println("[azurite] LEFT OUT by -Dazurite=off: " + context.getDisplayName());
            return ConditionEvaluationResult.disabled("-Dazurite=off");
        }
        return ConditionEvaluationResult.enabled("Azurite is started when it is needed");
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        port();
    }

    /** The port that it listens at. */
    static int port() throws IOException, InterruptedException {
        synchronized (starting) {
            if (process == null) {
                start();
            }
            return port;
        }
    }

    private static void start() throws IOException, InterruptedException {
        Path script = PACKAGE.directory().resolve(Path.of("dist", "src", "blob", "main.js"));
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path log = Path.of(System.getProperty("java.io.tmpdir"), "azurite.log"); // in
                                                                                 // target
        Process started;
        try {
            started = new ProcessBuilder("node", script.toString(), "--blobHost", "127.0.0.1", "--blobPort",
                    String.valueOf(port), "--inMemoryPersistence", "--skipApiVersionCheck", "--silent",
                    "--disableTelemetry", "--extentMemoryLimit", "4096")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        }
        catch (IOException ex) {
            throw PACKAGE.nodeMissing(ex);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!listens()) {
            if (!started.isAlive() || System.nanoTime() - end > 0) {
                started.destroyForcibly();
                throw new IllegalStateException("Azurite does not listen, see " + log);
            }
            started.waitFor(50, TimeUnit.MILLISECONDS);
        }
        process = started;
    }

    private static boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        }
        catch (IOException ex) {
            return false;
        }
    }

    /**
     * The URL of its account.
     * @return the endpoint of blobs
     */
    public static String endpoint() {
        try {
            return endpoint(port());
        }
        catch (IOException | InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static String endpoint(int atPort) {
        return "http://127.0.0.1:" + atPort + "/" + ACCOUNT;
    }

    /**
     * Its connection string.
     * @return one with the account's key
     */
    public static String connectionString() {
        return connectionString(endpoint());
    }

    /** The same, through a proxy that listens at a port. */
    static String connectionString(int proxyPort) {
        return connectionString(endpoint(proxyPort));
    }

    private static String connectionString(String endpoint) {
        return "DefaultEndpointsProtocol=http;AccountName=" + ACCOUNT + ";AccountKey=" + KEY + ";BlobEndpoint="
                + endpoint + ";";
    }

    /**
     * Its service.
     * @return a client with the account's key
     */
    public static BlobServiceClient service() {
        return new BlobServiceClientBuilder().connectionString(connectionString()).buildClient();
    }

    /**
     * A new, empty container.
     * @return a client with the account's key
     */
    public static BlobContainerClient newContainer() {
        return service().createBlobContainer("test-" + UUID.randomUUID());
    }

}
