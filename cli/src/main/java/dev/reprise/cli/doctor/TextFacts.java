package dev.reprise.cli.doctor;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How text is encoded.
 *
 * @param locale of this process
 * @param charset that Java writes text files in by default
 * @param fileNames the encoding of file names and arguments
 */
record TextFacts(String locale, String charset, String fileNames) {
    private static final String AREA = "text";

    static TextFacts find() {
        return new TextFacts(
                Locale.getDefault().toLanguageTag(),
                Charset.defaultCharset().name(),
                System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        if (!isUtf8(fileNames)) {
            findings.add(Finding.warning(
                    AREA,
                    "file names are " + fileNames + ": paths with other characters cannot be opened",
                    "set LC_ALL=C.UTF-8, or start with ./reprise, which does"));
        }
        return findings;
    }

    private static boolean isUtf8(String name) {
        try {
            return Charset.forName(name).equals(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
