package dev.reprise.spring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which package knows which, and where what an application may lack is known alone. */
class PackagesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.reprise.spring");

    @Test
    void packagesFormNoCycles() {
        slices().matching("dev.reprise.spring.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void whatAnApplicationWritesAndTheQueueKnowNoSpring() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.reprise.spring", "dev.reprise.spring.queue")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "io.micrometer..")
                .check(CLASSES);
    }

    @Test
    void onlyTensorsOfOnnxRuntimeAreLeftToApplications() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(CLASSES);
    }
}
