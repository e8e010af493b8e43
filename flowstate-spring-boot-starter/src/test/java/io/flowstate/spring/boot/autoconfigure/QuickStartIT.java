package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.StringReader;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.flowstate.StateManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringBootVersion;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pastes what the README shows for a Spring Boot application into an empty project,
 * builds that with Maven as a user would, and runs it.
 *
 * <pre>
 *   demo/pom.xml                         the parent of Spring Boot, its starter, and the dependency
 *   demo/src/main/java/com/example/demo  an application class, the component, and a caller of it
 *   demo/src/main/resources              the YAML
 *   repository                           this build's artifacts, and links to those of the local repository
 * </pre>
 *
 * The project has nothing from this build but its artifacts, and what it needs besides
 * comes from the local repository and gets there: nothing of ours does.
 */
class QuickStartIT {

    private static final int TIMEOUT_MINUTES = 4; // less than that of a test

    private static final String APPLICATION = """
            package com.example.demo;

            import org.springframework.boot.SpringApplication;
            import org.springframework.boot.autoconfigure.SpringBootApplication;

            @SpringBootApplication
            public class DemoApplication {

                public static void main(String[] args) {
                    SpringApplication.run(DemoApplication.class, args);
                }

            }
            """;

    private static final String CALLER = """
            package com.example.demo;

            import org.springframework.boot.CommandLineRunner;
            import org.springframework.stereotype.Component;

            @Component
            class Caller implements CommandLineRunner {

                private final Orders orders;

                Caller(Orders orders) {
                    this.orders = orders;
                }

                @Override
                public void run(String... args) {
                    long offset = this.orders.nextOffset(0);
                    this.orders.received(0, offset, "alice");
                    System.out.println("received the order at offset " + offset);
                }

            }
            """;

    @TempDir
    private Path directory;

    /** The Maven that builds us. */
    private final Properties maven = new Properties();

    @BeforeEach
    void setUp() throws IOException {
        this.maven.load(new StringReader(System.getProperty("this-maven")));
    }

    /** Whoever deletes the directory shall not meet links that lead out of it. */
    @AfterEach
    void unlink() throws IOException {
        try (Stream<Path> files = Files.walk(this.directory, 3)) {
            for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    @Test
    void theQuickStartWorksInAnEmptyProject() throws Exception {
        String section = Readme.section("In a Spring Boot application");
        Path project = createProject(only(section, "xml"), only(section, "yaml"), only(section, "java"));

        run(project, mavenCommand(createRepository()));

        List<String> start = List.of(java(), "-Xmx256m", "-jar", "target/demo-1.jar");
        assertThat(run(project, start)).contains("received the order at offset 0");
        assertThat(run(project, start)).contains("received the order at offset 1");
        assertThat(this.directory.resolve("persistence/log")).isNotEmptyDirectory();
        assertThat(this.directory.resolve("persistence/checkpoints")).isNotEmptyDirectory();
    }

    private static String only(String section, String language) {
        List<String> blocks = Readme.blocks(section, language);
        assertThat(blocks).hasSize(1);
        return blocks.get(0);
    }

    private Path createProject(String dependency, String yaml, String component) throws IOException {
        Path project = this.directory.resolve("demo");
        Path sources = Files.createDirectories(project.resolve("src/main/java/com/example/demo"));
        Path resources = Files.createDirectories(project.resolve("src/main/resources"));
        Files.createDirectory(project.resolve(".mvn")); // else Maven takes that of a
                                                        // directory above
        Files.writeString(project.resolve("pom.xml"), pom(dependency));
        Files.writeString(sources.resolve("DemoApplication.java"), APPLICATION);
        Files.writeString(sources.resolve("Orders.java"), "package com.example.demo;\n\n" + component);
        Files.writeString(sources.resolve("Caller.java"), CALLER);
        assertThat(yaml).contains(": /persistence/");
        Files.writeString(resources.resolve("application.yml"),
                yaml.replace(": /persistence/", ": " + this.directory + "/persistence/"));
        return project;
    }

    private static String pom(String dependency) {
        return """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                    <modelVersion>4.0.0</modelVersion>
                    <parent>
                        <groupId>org.springframework.boot</groupId>
                        <artifactId>spring-boot-starter-parent</artifactId>
                        <version>%s</version>
                        <relativePath/>
                    </parent>
                    <groupId>com.example</groupId>
                    <artifactId>demo</artifactId>
                    <version>1</version>
                    <dependencies>
                        <dependency>
                            <groupId>org.springframework.boot</groupId>
                            <artifactId>spring-boot-starter</artifactId>
                        </dependency>
                %s
                    </dependencies>
                    <build>
                        <plugins>
                            <plugin>
                                <groupId>org.springframework.boot</groupId>
                                <artifactId>spring-boot-maven-plugin</artifactId>
                            </plugin>
                        </plugins>
                    </build>
                </project>
                """.formatted(SpringBootVersion.getVersion(), dependency);
    }

    /**
     * A local repository with the artifacts of this build, which lie nowhere else yet.
     */
    private Path createRepository() throws Exception {
        Path repository = this.directory.resolve("repository");
        Path local = Path.of(this.maven.getProperty("repository"));
        link(repository, local, "io");
        link(repository.resolve("io"), local.resolve("io"), "flowstate");
        Path modules = Path.of(System.getProperty("basedir"), "..");
        Path core = jarOf(StateManager.class);
        String version = core.getFileName().toString().replaceAll("^flowstate-core-|\\.jar$", "");
        add(repository, "flowstate-parent", version, modules.resolve("pom.xml"), ".pom");
        add(repository, "flowstate-core", version, modules.resolve("flowstate-core/pom.xml"), ".pom");
        add(repository, "flowstate-core", version, core, ".jar");
        add(repository, "flowstate-spring-boot-starter", version,
                modules.resolve("flowstate-spring-boot-starter/pom.xml"), ".pom");
        add(repository, "flowstate-spring-boot-starter", version, jarOf(FlowStateAutoConfiguration.class), ".jar");
        return repository;
    }

    private static void link(Path directory, Path from, String excluded) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                if (!entry.getFileName().toString().equals(excluded)) {
                    Files.createSymbolicLink(directory.resolve(entry.getFileName()), entry.toAbsolutePath());
                }
            }
        }
    }

    private static Path jarOf(Class<?> type) throws URISyntaxException {
        Path jar = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertThat(jar).as("what mvn verify packages").isRegularFile();
        return jar;
    }

    private static void add(Path repository, String artifact, String version, Path file, String extension)
            throws IOException {
        Path directory = Files.createDirectories(repository.resolve("io/flowstate").resolve(artifact).resolve(version));
        Files.copy(file, directory.resolve(artifact + "-" + version + extension));
    }

    private List<String> mavenCommand(Path repository) {
        List<String> command = new ArrayList<>(List.of(Path.of(this.maven.getProperty("home"), "bin/mvn").toString(),
                "-B", "-Dmaven.repo.local=" + repository));
        Path settings = Path.of(this.maven.getProperty("settings"));
        if (Files.exists(settings)) {
            command.addAll(List.of("-s", settings.toString()));
        }
        if (this.maven.getProperty("offline").equals("true")) {
            command.add("-o");
        }
        command.add("package");
        return command;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin/java").toString();
    }

    /** Runs a program to its end. */
    private String run(Path project, List<String> command) throws IOException, InterruptedException {
        Path output = this.directory.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES);
            assertThat(ended).as(Files.readString(output)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(output);
        }
        finally {
            process.destroyForcibly();
        }
    }

}
