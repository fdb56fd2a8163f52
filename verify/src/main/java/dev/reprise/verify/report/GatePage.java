package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.OutputPlane;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** What the template of a verification's page shows. */
record GatePage(GateReport report, String styleSheet) {
    /** Names of all figures, in order. */
    Set<String> figures() {
        Set<String> figures = new LinkedHashSet<>();
        report.entries().forEach(entry -> figures.addAll(entry.figures().keySet()));
        return figures;
    }

    String anchor(Entry entry) {
        return "replay-" + report.entries().indexOf(entry);
    }

    String amplification(OutputPlane plane) {
        return String.format(Locale.ROOT, plane.amplification() < 100 ? "%.1f" : "%.0e", plane.amplification());
    }
}
