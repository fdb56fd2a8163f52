/** Records and replays runs of a model with its policies: a regression gate. */
module dev.reprise.verify {
    requires transitive dev.reprise.optimizer;
    requires transitive dev.reprise.runtime;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires com.google.common;
    requires gg.jte.runtime;
    requires java.desktop;
    requires java.xml;

    exports dev.reprise.verify;
    exports dev.reprise.verify.api;

    opens dev.reprise.verify.api to
            com.fasterxml.jackson.databind;
    opens dev.reprise.verify.replay to
            com.fasterxml.jackson.databind;
}
