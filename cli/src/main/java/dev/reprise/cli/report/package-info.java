/** Pictures and pages: the PNG contact sheet and the self-contained HTML report. Read {@link dev.reprise.cli.report.HtmlReport} first. */
@NullMarked
package dev.reprise.cli.report;

import org.jspecify.annotations.NullMarked;
