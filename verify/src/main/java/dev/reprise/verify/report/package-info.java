/** A verification as files: JUnit, SARIF, Markdown, HTML. Read {@link dev.reprise.verify.api.GateReport} first. */
@NullMarked
package dev.reprise.verify.report;

import org.jspecify.annotations.NullMarked;
