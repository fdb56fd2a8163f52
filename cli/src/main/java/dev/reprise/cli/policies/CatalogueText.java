package dev.reprise.cli.policies;

import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Wrap;
import java.io.PrintWriter;
import java.util.List;

/** Policies and their parameters, for people. */
final class CatalogueText {
    private CatalogueText() {}

    /** One line for each policy. */
    static void list(List<PolicyType> types, PrintWriter out) {
        for (PolicyType type : types) {
            out.println(title(type));
            Wrap.print(out, "    ", type.summary());
        }
        out.println();
        out.println("'reprise policies NAME' shows the parameters of one.");
    }

    /** One policy with all its parameters. */
    static void show(PolicyType type, PrintWriter out) {
        out.println(title(type));
        Wrap.print(out, "  ", type.summary());
        if (!type.source().isEmpty()) {
            Wrap.print(out, "  ", "Source: " + type.source());
        }
        for (Parameter<?> parameter : type.parameters()) {
            out.println();
            out.println("  " + titled(parameter.name(), parameter.aliases()));
            Wrap.print(out, "      ", parameter.meaning());
            Wrap.print(
                    out,
                    "      ",
                    "Value: " + parameter.type().expected() + unit(parameter) + ". Default: " + defaultText(parameter));
        }
        if (type.parameters().isEmpty()) {
            out.println("  It has no parameters.");
        }
    }

    private static String title(PolicyType type) {
        return titled(type.id(), type.aliases());
    }

    private static String titled(String name, List<String> aliases) {
        return aliases.isEmpty() ? name : name + "  (" + String.join(", ", aliases) + ")";
    }

    private static String unit(Parameter<?> parameter) {
        return (parameter.unit().isEmpty() ? "" : " (" + parameter.unit() + ")")
                + (parameter.optional() ? ", or unset" : "");
    }

    private static String defaultText(Parameter<?> parameter) {
        Object value = parameter.plainDefault();
        return value == null ? "unset" : Json.of(value).toString();
    }
}
