package io.flowstate.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Imports go down the floors that {@link Floor} draws, and nowhere in a circle. Checked
 * twice: in the classes, where a use without an import shows (of a class of the same
 * package, of a type that is only inferred), and in the sources, where an import shows
 * that leaves no trace in the class (of a constant, of a name in a comment).
 */
class FloorsTest {

    private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);

    private static final Pattern IMPORT = Pattern
        .compile("^import (?:static )?(io\\.flowstate(?:\\.[a-z_0-9]+)*)\\.[A-Z]", Pattern.MULTILINE);

    /**
     * Pairs that do use each other. Each is a debt: take it out when one of the two no
     * longer needs the other.
     */
    private static final Set<String> BELONG_TOGETHER = Set.of(
            // a value and the layout of its bytes, which the value reads and writes
            "io.flowstate.storage.Manifest and io.flowstate.storage.ManifestFormat",
            // a cursor and what it walks over
            "io.flowstate.internal.kv.RecordCursor and io.flowstate.internal.kv.RecordStore",
            // an index and its parts, which answer in its words
            "io.flowstate.internal.index.HashIndex and io.flowstate.internal.index.IndexPart");

    private final JavaClasses classes = ProductionCode.classes();

    @Test
    void everyPackageStandsOnAFloor() {
        Set<String> strays = this.classes.stream()
            .map(JavaClass::getPackageName)
            .filter((name) -> Floor.of(name).isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));

        assertThat(strays).isEmpty();
    }

    @Test
    void classesUseOnlyTheFloorsBelow() {
        List<String> violations = this.classes.stream()
            .flatMap((type) -> type.getDirectDependenciesFromSelf().stream())
            .filter((use) -> ProductionCode.isOurs(use.getTargetClass().getBaseComponentType().getPackageName()))
            .filter((use) -> !Floor.mayImport(use.getOriginClass().getPackageName(),
                    use.getTargetClass().getBaseComponentType().getPackageName()))
            .map((use) -> use.getDescription())
            .sorted()
            .toList();

        assertThat(violations).isEmpty();
    }

    @Test
    void filesImportOnlyTheFloorsBelow() throws IOException {
        List<String> violations = new ArrayList<>();
        for (Path file : ProductionCode.sources()) {
            String source = Files.readString(file);
            Matcher declared = PACKAGE.matcher(source);
            assertThat(declared.find()).as(file + " names its package").isTrue();
            IMPORT.matcher(source)
                .results()
                .map((found) -> found.group(1))
                .filter((imported) -> !Floor.mayImport(declared.group(1), imported))
                .forEach((imported) -> violations.add(file + " imports from " + imported));
        }

        assertThat(violations).isEmpty();
    }

    @Test
    void packagesFormNoCircle() {
        SlicesRuleDefinition.slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().check(this.classes);
    }

    /**
     * One of two files can be read without the other. What implements an interface of its
     * own package may be named by that interface, which makes it.
     */
    @Test
    void noTwoFilesUseEachOther() {
        Set<Use> uses = this.classes.stream()
            .flatMap((type) -> type.getDirectDependenciesFromSelf().stream())
            .map((use) -> new Use(ProductionCode.topLevel(use.getOriginClass()),
                    ProductionCode.topLevel(use.getTargetClass().getBaseComponentType())))
            .filter((use) -> ProductionCode.isOurs(use.target().getName()))
            .collect(Collectors.toSet());

        Set<String> mutual = uses.stream()
            .filter((use) -> use.isFirst() && uses.contains(use.reversed()) && !use.isFactory())
            .map(Use::toString)
            .collect(Collectors.toCollection(TreeSet::new));

        assertThat(mutual).isSubsetOf(BELONG_TOGETHER);
    }

    private record Use(JavaClass source, JavaClass target) {

        /** Of the two uses between a pair, the one to report; none within one file. */
        private boolean isFirst() {
            return this.source.getName().compareTo(this.target.getName()) < 0;
        }

        private boolean isFactory() {
            return this.source.getPackage().equals(this.target.getPackage())
                    && (this.source.isAssignableTo(this.target.getName())
                            || this.target.isAssignableTo(this.source.getName()));
        }

        private Use reversed() {
            return new Use(this.target, this.source);
        }

        @Override
        public String toString() {
            return this.source.getName() + " and " + this.target.getName();
        }

    }

    private static final class ByPackage implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return ProductionCode.isOurs(type.getPackageName()) ? SliceIdentifier.of(type.getPackageName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "packages";
        }

    }

}
