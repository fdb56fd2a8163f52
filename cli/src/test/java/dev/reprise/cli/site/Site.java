package dev.reprise.cli.site;

import dev.reprise.verify.report.HtmlPage;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.AttributeProvider;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;

/** A static site: a page for each document, with a menu and a search that asks nobody. */
final class Site {
    private static final List<Extension> EXTENSIONS =
            List.of(TablesExtension.create(), HeadingAnchorExtension.create());

    private final Path folder;
    private final Parser parser = Parser.builder().extensions(EXTENSIONS).build();
    private final TextContentRenderer text =
            TextContentRenderer.builder().extensions(EXTENSIONS).build();

    /** Address → document, in the order of the menu. */
    private final Map<String, Page> pages = new LinkedHashMap<>();

    private record Page(String title, String group, Supplier<String> body, String words) {}

    Site(Path folder) {
        this.folder = folder;
    }

    /**
     * Adds a Markdown document.
     *
     * @param address of its page inside the site, such as {@code docs/policies.html}
     */
    void markdown(String address, String group, String markdown) {
        Node document = parser.parse(markdown);
        String words = text.render(document);
        String title = markdown.lines()
                .filter(line -> line.startsWith("# "))
                .findFirst()
                .map(line -> line.substring(2))
                .orElse(address);
        // Links are known when all pages are.
        pages.put(
                address,
                new Page(
                        title,
                        group,
                        () -> "<div class=\"wide\">" + renderer(address).render(document) + "</div>",
                        words));
    }

    /** Adds text that a command prints. */
    void printed(String address, String group, String title, String printed) {
        pages.put(
                address,
                new Page(
                        title,
                        group,
                        () -> "<h1>" + escaped(title) + "</h1><pre>" + escaped(printed) + "</pre>",
                        printed));
    }

    /** Adds a file as it is. */
    void file(String address, Path source) throws IOException {
        Path target = folder.resolve(address);
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
    }

    void write() throws IOException {
        List<Map<String, String>> index = new ArrayList<>();
        pages.forEach(
                (address, page) -> index.add(Map.of("address", address, "title", page.title(), "words", page.words())));
        Files.createDirectories(folder);
        // A script and no JSON: a browser reads it from a file as well as from a server.
        Files.writeString(
                folder.resolve("search.js"), "const pages = " + Json.of(index) + ";\n" + resource("search.js"));
        Files.writeString(folder.resolve("site.css"), HtmlPage.styleSheet() + resource("site.css"));
        for (Map.Entry<String, Page> entry : pages.entrySet()) {
            Path file = folder.resolve(entry.getKey());
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(file, page(entry.getKey(), entry.getValue()));
        }
    }

    private String page(String address, Page page) {
        String root = "../".repeat((int) address.chars().filter(c -> c == '/').count());
        StringBuilder menu = new StringBuilder();
        String group = "";
        for (Map.Entry<String, Page> entry : pages.entrySet()) {
            Page other = entry.getValue();
            if (!other.group().equals(group)) {
                group = other.group();
                menu.append("<b>").append(escaped(group)).append("</b>\n");
            }
            menu.append("<a href=\"").append(root).append(entry.getKey()).append('"');
            menu.append(entry.getKey().equals(address) ? " class=\"here\">" : ">");
            menu.append(escaped(other.title())).append("</a>\n");
        }
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s · Reprise</title>
                <link rel="stylesheet" href="%ssite.css">
                </head>
                <body data-root="%s">
                <details class="menu" open><summary>Contents</summary>
                <input type="search" id="search" placeholder="Search" aria-label="Search"><div id="found"></div>
                <nav>%s</nav>
                </details>
                <main>%s</main>
                <script src="%ssearch.js"></script>
                </body>
                </html>
                """.formatted(
                        escaped(page.title()), root, root, menu, page.body().get(), root);
    }

    private HtmlRenderer renderer(String address) {
        return HtmlRenderer.builder()
                .extensions(EXTENSIONS)
                .attributeProviderFactory(context -> links(address))
                .build();
    }

    /** A link to a document becomes one to its page; what the site has no page for stays a path in the repository. */
    private AttributeProvider links(String address) {
        return (node, tag, attributes) -> {
            String target = attributes.get("href");
            if (target == null || target.contains(":")) {
                return;
            }
            String page = target.replaceFirst("\\.md(?=$|#)", ".html");
            String found = Path.of(address)
                    .resolveSibling(page.replaceFirst("#.*", ""))
                    .normalize()
                    .toString();
            if (pages.containsKey(found.replace('\\', '/'))) {
                attributes.put("href", page);
            }
        };
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Site.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
