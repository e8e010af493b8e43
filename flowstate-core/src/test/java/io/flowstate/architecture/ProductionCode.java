package io.flowstate.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.flowstate.StateManager;

/** The core without its tests: its classes and its source files. */
final class ProductionCode {

    private static final Path SOURCES = Path.of("src", "main", "java");

    private static final Path CLASSES = Path.of("target", "classes");

    /** Read once for all tests, since that takes seconds. */
    private static final JavaClasses IMPORTED = new ClassFileImporter().importPath(CLASSES);

    private ProductionCode() {
    }

    /** All classes; never none, so that no rule holds for want of anything to check. */
    static JavaClasses classes() {
        if (!IMPORTED.contain(StateManager.class)) {
            throw new AssertionError("no production classes in " + CLASSES.toAbsolutePath());
        }
        return IMPORTED;
    }

    /** All source files; never none. */
    static List<Path> sources() {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources = files.filter((file) -> file.toString().endsWith(".java")).sorted().toList();
            if (sources.isEmpty()) {
                throw new AssertionError("no source files in " + SOURCES.toAbsolutePath());
            }
            return sources;
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Whether the name is that of a class, package or member of this project. */
    static boolean isOurs(String name) {
        return name.equals("io.flowstate") || name.startsWith("io.flowstate.");
    }

    /**
     * The class that has a file of its own: nested ones stand for the one around them.
     */
    static JavaClass topLevel(JavaClass type) {
        return type.getEnclosingClass().map(ProductionCode::topLevel).orElse(type);
    }

}
