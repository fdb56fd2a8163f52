package dev.reprise.cli.playground;

import java.util.Map;
import java.util.stream.Collectors;

/** A setting as somebody would use it elsewhere. */
final class SettingLines {
    private SettingLines() {}

    /** For a shell. */
    static String command(SideSettings settings) {
        return "./reprise bench model.bundle --policy "
                + settings.choice().type().id()
                + settings.parameters().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(parameter -> " --set " + quoted(parameter.getKey() + "=" + parameter.getValue()))
                        .collect(Collectors.joining());
    }

    private static String quoted(String word) {
        return word.matches("[\\w.,:=/+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** For a program. */
    static String java(SideSettings settings) {
        String assignments = settings.parameters().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(parameter -> literal(parameter.getKey() + "=" + parameter.getValue()))
                .collect(Collectors.joining(", "));
        return "transformer.enableCache(PolicyCatalogue.parse("
                + literal(settings.choice().type().id()) + ", List.of(" + assignments + ")));";
    }

    private static String literal(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
