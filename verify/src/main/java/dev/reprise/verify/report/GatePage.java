package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.OutputPlane;
import java.util.Locale;

/** What the template of a verification's page shows. */
record GatePage(GateReport report, String styleSheet) {
    String anchor(Entry entry) {
        return "replay-" + report.entries().indexOf(entry);
    }

    String amplification(OutputPlane plane) {
        return String.format(Locale.ROOT, plane.amplification() < 100 ? "%.1f" : "%.0e", plane.amplification());
    }
}
