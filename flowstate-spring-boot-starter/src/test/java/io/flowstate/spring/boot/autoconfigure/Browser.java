package io.flowstate.spring.boot.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import io.flowstate.testing.NpmPackage;

/**
 * Chromium without a window, for the tests of a class. A machine without it fails these
 * tests, saying what to install; {@code -Dbrowser=off} leaves them out by choice.
 */
final class Browser implements BeforeAllCallback, AfterAllCallback, ExecutionCondition {

    private static final String OTHERWISE = "run the tests of the console, or leave them out with -Dbrowser=off";

    private static final NpmPackage AXE = new NpmPackage("axe-core", Browser.class, OTHERWISE);

    private static final Path TARGET = Path.of(System.getProperty("java.io.tmpdir"));

    private ChromeDriver driver; // null until the first test of the class

    private String axe; // null until then

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (System.getProperty("browser", "on").equals("off")) {
            System.out.println("[browser] LEFT OUT by -Dbrowser=off: " + context.getDisplayName());
            return ConditionEvaluationResult.disabled("-Dbrowser=off");
        }
        return ConditionEvaluationResult.enabled("Chromium is started when it is needed");
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(installed("chromium"));
        options.addArguments("--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                "--user-data-dir=" + Files.createTempDirectory(TARGET, "chromium"));
        if (System.getProperty("user.name").equals("root")) {
            options.addArguments("--no-sandbox");
        }
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logging);
        ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(installed("chromedriver"))
            .withLogFile(TARGET.resolve("chromedriver.log").toFile())
            .build();
        this.axe = Files.readString(AXE.directory().resolve("axe.min.js"));
        this.driver = new ChromeDriver(service, options);
    }

    private static File installed(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .map((directory) -> new File(directory, program))
            .filter(File::canExecute)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException(
                    "install Chromium with its driver (Debian: chromium, chromium-driver) to " + OTHERWISE));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (this.driver != null) {
            this.driver.quit();
        }
    }

    /** The page, and the keyboard. */
    ChromeDriver driver() {
        return this.driver;
    }

    /**
     * Opens a page that is new to the browser.
     * @param page its address
     * @param before a script that runs before those of the page
     */
    void open(URI page, String before) {
        command("Page.enable", Map.of());
        Object script = command("Page.addScriptToEvaluateOnNewDocument", Map.of("source", before)).get("identifier");
        this.driver.get("about:blank");
        errors(); // of the page before
        this.driver.get(page.toString());
        command("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", script));
    }

    /** Changes what the page is shown on. */
    void show(int width, String colours) {
        command("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
        command("Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
    }

    /** Keeps a picture of the whole page in {@code target/console}. */
    void keepPicture(String name) throws IOException {
        Object picture = command("Page.captureScreenshot", Map.of("captureBeyondViewport", true)).get("data");
        Path file = TARGET.resolve(Path.of("console", name + ".png"));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode((String) picture));
    }

    /** What the page has written to the browser's console since this was asked last. */
    List<String> errors() {
        return StreamSupport.stream(this.driver.manage().logs().get(LogType.BROWSER).spliterator(), false)
            .map(Object::toString)
            .toList();
    }

    /** What keeps people from using the page, as axe sees it. */
    Object violations() {
        this.driver.executeScript("if (!window.axe) { " + this.axe + " }");
        return this.driver.executeAsyncScript(
                """
                        const done = arguments[0];
                        axe.run().then((results) => done(results.violations.map((each) =>
                            [each.id, each.help, ...each.nodes.map((node) => node.html + ': ' + node.failureSummary)].join('\\n'))),
                            (error) => done(String(error)));""");
    }

    private Map<String, Object> command(String name, Map<String, Object> parameters) {
        return this.driver.executeCdpCommand(name, parameters);
    }

}
