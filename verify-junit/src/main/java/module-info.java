/** The regression gate as JUnit tests. */
module dev.reprise.verify.junit {
    requires transitive dev.reprise.verify;
    requires transitive org.junit.jupiter.api;

    exports dev.reprise.verify.junit;
}
