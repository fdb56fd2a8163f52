package dev.reprise.cli.playground;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.demo.DemoModel;
import dev.reprise.cli.playground.PageRequests.Event;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlaygroundServerIT {
    private static final String NO_CACHE = PageRequests.settings(4, 0, "none", "{}");

    private Playground playground;
    private PlaygroundServer server;
    private PageRequests page;

    @BeforeAll
    void start() {
        playground = Playground.open(null, SessionSettings.cpu());
        server = PlaygroundServer.start(playground, 0);
        page = new PageRequests(server.address());
    }

    @AfterAll
    void stop() {
        server.close();
        playground.close();
    }

    @Test
    void nothingCachedDrawsTheSamePicture() throws Exception {
        List<Event> events = page.events(page.begin(NO_CACHE), -1);

        assertThat(events)
                .extracting(Event::name)
                .containsExactly("begin", "setting", "step", "step", "step", "step", "done");
        assertThat(events).filteredOn(event -> event.name().equals("step")).allSatisfy(event -> {
            JsonNode side = event.data().path("sides").get(0);
            // The digits export's rewritten segments differ in the last bits; a pixel has 8.
            assertThat(side.path("psnr").asDouble(200)).isGreaterThan(80);
            // What the prompt's projection gave in the first step is not computed again.
            assertThat(side.path("computed").asDouble()).isGreaterThan(0.99);
            assertThat(side.path("picture").asText()).startsWith("data:image/png;base64,");
        });
    }

    @Test
    void aPolicyThatChangesCountsFromTheNextStepOn() throws Exception {
        String id = page.begin(PageRequests.settings(20, 40, "none", "{}"));
        page.json(
                "PUT",
                "api/generations/" + id + "/sides/0",
                "{\"policy\": \"output_forecast\", \"parameters\": {\"interval\": \"4\"}}");
        List<Event> events = page.events(id, -1);

        List<Event> settings =
                events.stream().filter(event -> event.name().equals("setting")).toList();
        assertThat(settings).hasSize(2);
        int from = settings.get(1).data().path("step").asInt();
        assertThat(settings.get(1).data().path("command").asText())
                .isEqualTo("./reprise bench model.bundle --policy output_forecast --set interval=4");
        assertThat(settings.get(1).data().path("java").asText())
                .isEqualTo(
                        "transformer.enableCache(PolicyCatalogue.parse(\"output_forecast\", List.of(\"interval=4\")));");
        Set<Double> before = new HashSet<>();
        Set<Double> after = new HashSet<>();
        events.stream()
                .filter(event -> event.name().equals("step"))
                .forEach(event -> (event.data().path("step").asInt() < from ? before : after)
                        .add(event.data().at("/sides/0/computed").asDouble()));
        assertThat(before).allMatch(share -> share > 0.99);
        assertThat(after).contains(0.0);
    }

    @Test
    void stopsWhenItIsTold() throws Exception {
        String id = page.begin(PageRequests.settings(100, 100, "none", "{}"));
        page.json("DELETE", "api/generations/" + id, "");

        assertThat(page.events(id, -1))
                .hasSizeLessThan(50)
                .extracting(Event::name)
                .endsWith("stopped");
    }

    @Test
    void nothingCanBeChangedBehindTheLastStep() throws Exception {
        String id = page.begin(NO_CACHE);
        page.events(id, -1);

        assertThat(page.send("PUT", "api/generations/" + id + "/sides/0", "{\"policy\": \"none\"}")
                        .statusCode())
                .isEqualTo(409);
    }

    @Test
    void whoLostTheConnectionGetsTheRest() throws Exception {
        String id = page.begin(NO_CACHE);
        page.events(id, -1);

        assertThat(page.events(id, 4)).extracting(Event::name).containsExactly("step", "done");
        assertThat(page.json("GET", "api/overview", "").at("/generation/id").asText())
                .isEqualTo(id);
    }

    @Test
    void bothModelsDrawAndOneEndsTheOther() throws Exception {
        String first = page.begin(PageRequests.settings(100, 100, "none", "{}"));
        String second = page.begin(NO_CACHE.replace("digits", "video"));

        assertThat(page.events(second, -1)).extracting(Event::name).endsWith("done");
        assertThat(page.send("GET", "api/generations/" + first + "/events", "").statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "first_block_cache | {'threshold': 'much'} | 0 | threshold | threshold must be a number ≥ 0, was \"much\"",
                "first_block_cache | {'treshold': '1'} | 0 | | treshold",
                "no_policy | {} | 0 | | no_policy",
                "deep_cache | {} | 0 | | deep_cache",
            })
    void sayAtWhichFieldAValueDoesNotFit(String policy, String parameters, int side, String field, String message)
            throws Exception {
        JsonNode problem = page.json("POST", "api/generations", PageRequests.settings(4, 0, policy, parameters));

        assertThat(problem.path("side").asInt(-9)).isEqualTo(side);
        assertThat(problem.path("field").asText()).isEqualTo(field == null ? "" : field);
        assertThat(problem.path("message").asText()).contains(message);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"steps\": 4', '\"steps\": 101', steps",
        "'\"seed\": 1', '\"seed\": 1.5', seed",
        "digits, letters, model"
    })
    void sayWhichCommonFieldDoesNotFit(String good, String bad, String field) throws Exception {
        JsonNode problem = page.json("POST", "api/generations", NO_CACHE.replace(good, bad));

        assertThat(problem.path("side").asInt(-9)).isEqualTo(-1);
        assertThat(problem.path("field").asText()).isEqualTo(field);
    }

    @Test
    void withoutTheTokenNothingIsAnswered() throws Exception {
        String root = server.address().replaceFirst("[0-9a-f]{32}/$", "");
        for (String address : List.of(root, root + "0".repeat(32) + "/")) {
            assertThat(new PageRequests(address).send("GET", "", "").statusCode())
                    .as(address)
                    .isEqualTo(403);
            assertThat(new PageRequests(address)
                            .send("POST", "api/generations", NO_CACHE)
                            .statusCode())
                    .as(address)
                    .isEqualTo(403);
        }
        assertThat(page.send("GET", "", "").statusCode()).isEqualTo(200);
        assertThat(page.send("GET", "../../pom.xml", "").statusCode()).isIn(403, 404);
        assertThat(page.send("GET", "pom.xml", "").statusCode()).isEqualTo(404);
        assertThat(page.send("PUT", "api/generations/1", "").statusCode()).isIn(404, 405);
        assertThat(page.send("POST", "api/generations", "{").statusCode()).isEqualTo(400);
        assertThat(page.send("POST", "api/generations", "0".repeat(1 << 19)).statusCode())
                .isEqualTo(413);
    }

    /** The page of another site, whose name was made to mean this machine, sends its own name. */
    @Test
    void anotherNameOfThisMachineIsNotAnswered() throws Exception {
        URI address = URI.create(server.address());
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
            socket.getOutputStream()
                    .write(("GET " + address.getPath() + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CommandLineRun run = CommandLineRun.of("playground", "--port", taken.getLocalPort());

            assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(run.errorLines())
                    .singleElement()
                    .asString()
                    .contains("port " + taken.getLocalPort() + " of this machine cannot be listened on");
        }
    }

    @Test
    void aBundleOfTheModelIsTaken(@TempDir Path folder) throws Exception {
        Path bundle = folder.resolve("digits.bundle");
        assertThat(CommandLineRun.of("optimize", DemoModel.digits().model(), "-o", bundle)
                        .exitCode())
                .isEqualTo(ExitCode.OK);
        try (Playground own = Playground.open(bundle, SessionSettings.cpu());
                PlaygroundServer other = PlaygroundServer.start(own, 0)) {
            PageRequests requests = new PageRequests(other.address());
            assertThat(requests.json("GET", "api/overview", "").path("models")).hasSize(1);
            assertThat(requests.events(requests.begin(NO_CACHE), -1))
                    .extracting(Event::name)
                    .endsWith("done");
        }
    }

    @Test
    void aBundleOfAnotherModelIsRefused(@TempDir Path folder) {
        Path bundle = folder.resolve("other.bundle");
        Path other = TestModels.golden("dit").resolve("torchscript.onnx");
        assertThat(CommandLineRun.of("optimize", other, "-o", bundle).exitCode())
                .isEqualTo(ExitCode.OK);

        CommandLineRun run = CommandLineRun.of("playground", bundle);

        assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(run.err()).contains("must be cut from one of the demo's models", "it was cut from another");
    }
}
