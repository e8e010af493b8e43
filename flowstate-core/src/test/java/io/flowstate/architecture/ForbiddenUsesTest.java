package io.flowstate.architecture;

import java.io.Externalizable;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Instant;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.library.GeneralCodingRules;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/** What no class of the core does. */
class ForbiddenUsesTest {

    private final JavaClasses classes = ProductionCode.classes();

    @Test
    void noClassReachesIntoTheVirtualMachine() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage("sun..", "jdk.internal..").check(this.classes);
    }

    @Test
    void noClassUsesJavaSerialization() {
        noClasses().should()
            .dependOnClassesThat()
            .belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class, Serializable.class, Externalizable.class)
            .check(this.classes);
    }

    @Test
    void onlyErrorsAndEnumsAreSerializable() {
        noClasses().that()
            .areNotAssignableTo(Throwable.class)
            .and()
            .areNotAssignableTo(Enum.class)
            .should()
            .beAssignableTo(Serializable.class)
            .check(this.classes);
    }

    @Test
    void noClassSleeps() {
        noClasses().should().callMethodWhere(target(name("sleep"))).check(this.classes);
    }

    /**
     * A clock is handed in; {@code System::nanoTime} as an argument is how, and no call.
     */
    @Test
    void noClassReadsTheTimeOnItsOwn() {
        noClasses().should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .check(this.classes);
    }

    @Test
    void noClassWritesToTheConsole() {
        GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(this.classes);
    }

}
