package dev.reprise.cli.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.Reprise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/** Builds the site into {@code target/pages}, where {@code index.html} opens without a server, and checks it. */
class SiteTest {
    private static final Path ROOT = Path.of("..");
    private static final Path SITE = Path.of("target/pages");
    private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\":#]+)(?:#[^\"]*)?\"");

    @BeforeAll
    static void build() throws IOException {
        Site site = new Site(SITE);
        site.markdown("index.html", "Reprise", Files.readString(ROOT.resolve("README.md")));
        site.markdown("CONTRIBUTING.html", "Documents", Files.readString(ROOT.resolve("CONTRIBUTING.md")));
        for (boolean decisions : new boolean[] {false, true}) {
            for (Path document : documents(".md")) {
                String name = ROOT.relativize(document).toString().replace('\\', '/');
                if (name.startsWith("docs/decisions") == decisions) {
                    site.markdown(
                            name.replaceFirst("\\.md$", ".html"),
                            decisions ? "Decisions" : "Documents",
                            Files.readString(document));
                }
            }
        }
        for (String command : commands()) {
            site.printed(page(command), "Commands", "reprise " + command, printed(command, "--help"));
        }
        for (PolicyType type : PolicyCatalogue.all()) {
            site.printed(policy(type), "Policies", type.id(), printed("policies", type.id()));
        }
        for (String suffix : List.of(".png", ".json", ".xsd")) {
            for (Path file : documents(suffix)) {
                site.file(ROOT.relativize(file).toString().replace('\\', '/'), file);
            }
        }
        site.write();
    }

    @Test
    void everyCommandHasAPageWithItsHelp() throws IOException {
        for (String command : commands()) {
            assertThat(Files.readString(SITE.resolve(page(command)))).contains("Usage: reprise " + command);
        }
    }

    @Test
    void everyPolicyHasAPageWithItsParameters() throws IOException {
        for (PolicyType type : PolicyCatalogue.all()) {
            String page = Files.readString(SITE.resolve(policy(type)));
            assertThat(type.parameters()).allMatch(parameter -> page.contains(parameter.name()));
        }
        assertThat(Files.readString(SITE.resolve("policies/combined.html")))
                .contains("Indicators (when)", "Forecasts (what)", "Spans (where)");
    }

    /** Inside the site, or to a file of the repository that the site has no page for. */
    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        int links = 0;
        for (Path page : files(SITE, ".html")) {
            Matcher matcher = LINK.matcher(Files.readString(page));
            while (matcher.find()) {
                links++;
                Path target = page.resolveSibling(matcher.group(1)).normalize();
                Path source = ROOT.resolve(SITE.relativize(target));
                assertThat(Files.exists(target) || Files.exists(source))
                        .as(page + " → " + matcher.group(1))
                        .isTrue();
            }
        }
        assertThat(links).isGreaterThan(500);
    }

    @Test
    void theSearchKnowsEveryPageAndNothingComesFromOutside() throws IOException {
        String search = Files.readString(SITE.resolve("search.js"));
        for (Path page : files(SITE, ".html")) {
            assertThat(search).contains("\"" + SITE.relativize(page).toString().replace('\\', '/') + "\"");
            assertThat(Files.readString(page)).doesNotContainPattern("(?:src|<link[^>]*href)=\"http");
        }
    }

    private static String page(String command) {
        return "commands/" + command + ".html";
    }

    private static String policy(PolicyType type) {
        return "policies/" + type.id() + ".html";
    }

    private static String printed(Object... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run.out();
    }

    private static List<String> commands() {
        return Arrays.stream(Reprise.class.getAnnotation(Command.class).subcommands())
                .map(type -> type.getAnnotation(Command.class))
                .filter(command -> !command.hidden())
                .map(Command::name)
                .toList();
    }

    private static List<Path> documents(String suffix) throws IOException {
        return files(ROOT.resolve("docs"), suffix);
    }

    private static List<Path> files(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return new ArrayList<>(files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList());
        }
    }
}
