package dev.reprise.cli.policies;

import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cache.span.Spans;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Policies and their parameters, for people. */
final class CatalogueText {
    private CatalogueText() {}

    /** One line for each policy. */
    static void list(List<PolicyType> types, Page out) {
        for (PolicyType type : types) {
            out.println(title(type));
            Wrap.print(out, "    ", type.summary());
            PolicyCatalogue.origin(type).ifPresent(origin -> Wrap.print(out, "    ", "From " + origin));
        }
        out.println();
        out.println("'reprise policies NAME' shows the parameters of one.");
    }

    /** One policy with all its parameters. */
    static void show(PolicyType type, Page out) {
        out.println(title(type));
        Wrap.print(out, "  ", type.summary());
        if (!type.source().isEmpty()) {
            Wrap.print(out, "  ", "Source: " + type.source());
        }
        PolicyCatalogue.origin(type).ifPresent(origin -> Wrap.print(out, "  ", "From " + origin));
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

    /** The parts that {@code combined} is put together from. */
    static void parts(Page out) {
        parts("Indicators (when)", Indicators.all(), Indicators::origin, out);
        parts("Forecasts (what)", Forecastings.all(), Forecastings::origin, out);
        parts("Spans (where)", Spans.all(), Spans::origin, out);
    }

    private static <T> void parts(
            String title, List<PartType<T>> types, Function<PartType<T>, Optional<String>> origins, Page out) {
        out.println();
        out.println(title);
        for (PartType<T> type : types) {
            out.println("  " + type.id());
            Wrap.print(out, "      ", type.summary());
            origins.apply(type).ifPresent(origin -> Wrap.print(out, "      ", "From " + origin));
            for (Parameter<?> parameter : type.parameters()) {
                Wrap.print(
                        out,
                        "        ",
                        parameter.name() + ": " + parameter.meaning() + ". "
                                + parameter.type().expected() + unit(parameter) + "; default "
                                + defaultText(parameter));
            }
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
