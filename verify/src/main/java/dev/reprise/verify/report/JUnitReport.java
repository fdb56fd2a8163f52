package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.GateReport.Outcome;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A verification in JUnit's XML, which every CI reads: a suite for each recording, a case for each policy. {@code
 * docs/schema/verify-junit.xsd} has what is written, a part of what Jenkins and Surefire accept.
 */
public final class JUnitReport {
    private JUnitReport() {}

    public static String write(GateReport report) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeCharacters("\n");
            xml.writeStartElement("testsuites");
            xml.writeAttribute("name", "reprise verify");
            Map<String, GateReport> suites = new LinkedHashMap<>();
            for (Entry entry : report.entries()) {
                suites.computeIfAbsent(entry.recording(), recording -> suite(report, recording));
            }
            for (Map.Entry<String, GateReport> suite : suites.entrySet()) {
                write(xml, suite.getKey(), suite.getValue());
            }
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("XML in memory can always be written", e);
        }
        return text + "\n";
    }

    private static GateReport suite(GateReport report, String recording) {
        List<Entry> own = report.entries().stream()
                .filter(entry -> entry.recording().equals(recording))
                .toList();
        return new GateReport(report.model(), report.facts(), own);
    }

    private static void write(XMLStreamWriter xml, String recording, GateReport suite) throws XMLStreamException {
        xml.writeStartElement("testsuite");
        attribute(xml, "name", suite.model() + " as in " + recording);
        attribute(xml, "tests", Integer.toString(suite.entries().size()));
        attribute(xml, "failures", Long.toString(suite.count(Outcome.FAILED)));
        attribute(xml, "errors", Long.toString(suite.count(Outcome.ERROR)));
        attribute(xml, "skipped", Long.toString(suite.count(Outcome.SKIPPED)));
        xml.writeStartElement("properties");
        for (Map.Entry<String, String> fact : suite.facts().entrySet()) {
            xml.writeEmptyElement("property");
            attribute(xml, "name", fact.getKey());
            attribute(xml, "value", fact.getValue());
        }
        xml.writeEndElement();
        for (Entry entry : suite.entries()) {
            write(xml, entry);
        }
        xml.writeEndElement();
    }

    private static void write(XMLStreamWriter xml, Entry entry) throws XMLStreamException {
        xml.writeStartElement("testcase");
        attribute(xml, "classname", "reprise.verify." + entry.recording().replace('.', '_'));
        attribute(xml, "name", entry.policy());
        String text = String.join("\n", entry.lines());
        switch (entry.outcome()) {
            case PASSED -> {}
            case FAILED -> finding(xml, "failure", entry, text);
            case ERROR -> finding(xml, "error", entry, text);
            case SKIPPED -> {
                xml.writeEmptyElement("skipped");
                attribute(xml, "message", entry.headline());
            }
        }
        StringBuilder figures = new StringBuilder(entry.verdict());
        entry.figures()
                .forEach((name, value) ->
                        figures.append("\n").append(name).append(": ").append(value));
        xml.writeStartElement("system-out");
        xml.writeCharacters(legal(figures.toString()));
        xml.writeEndElement();
        xml.writeEndElement();
    }

    private static void finding(XMLStreamWriter xml, String element, Entry entry, String text)
            throws XMLStreamException {
        xml.writeStartElement(element);
        attribute(xml, "type", entry.rule());
        attribute(xml, "message", entry.headline());
        xml.writeCharacters(legal(text));
        xml.writeEndElement();
    }

    private static void attribute(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, legal(value));
    }

    /** XML 1.0 has no control characters and no half characters: names in models may hold anything. */
    static String legal(String text) {
        StringBuilder legal = new StringBuilder();
        text.codePoints()
                .map(c -> c == '\t'
                                || c == '\n'
                                || (c >= ' ' && c <= 0xD7FF)
                                || (c >= 0xE000 && c <= 0xFFFD)
                                || c > 0xFFFF
                        ? c
                        : '?')
                .forEach(legal::appendCodePoint);
        return legal.toString();
    }
}
