package io.flowstate.azure;

import java.nio.file.Path;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/** This module stands on the storage interfaces and on nothing else of the core. */
class ImportsTest {

    private final JavaClasses classes = new ClassFileImporter().importPath(Path.of("target", "classes"));

    @Test
    void onlyTheStorageInterfacesAreImported() {
        noClasses().should()
            .dependOnClassesThat(resideInAPackage("io.flowstate..")
                .and(not(resideInAnyPackage("io.flowstate.azure..", "io.flowstate.storage"))))
            .allowEmptyShould(true)
            .check(this.classes);
    }

}
