package org.example.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.runtime.CachedTransformer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** The application with its web server, asked over HTTP. */
@Timeout(120)
class ServiceIT {
    private static final int STEPS = 8;
    private static final int CLIENTS = 4;

    private static ConfigurableApplicationContext application;
    private static DrawClient client;

    @BeforeAll
    static void start() {
        SpringApplication starting = new SpringApplication(ServiceApplication.class);
        starting.addListeners(new DefaultBundle());
        application = starting.run("--server.port=0", "--reprise.threads=1", "--reprise.service.queue-capacity=2");
        client = new DrawClient(application.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private record Wanted(String prompt, long seed) {
        HttpResponse<byte[]> draw() throws Exception {
            return client.post("/generate", DrawClient.json(prompt, STEPS, seed));
        }
    }

    @Test
    void twoHundredRequestsByFourClientsGiveTheBitsOfASerialRun() throws Exception {
        List<Wanted> wanted = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            wanted.add(new Wanted(Integer.toString(i % 10), i));
        }
        List<byte[]> serial = new ArrayList<>();
        for (Wanted each : wanted) {
            serial.add(each.draw().body());
        }
        long tensors = liveTensors();
        long before = residentMegabytes();

        List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        for (int i = 0; i < 200; i++) {
            Callable<HttpResponse<byte[]>> draw = wanted.get(i % wanted.size())::draw;
            answers.add(clients.submit(draw));
        }
        clients.shutdown();

        for (int i = 0; i < answers.size(); i++) {
            HttpResponse<byte[]> answer = answers.get(i).get();
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("image/png");
            assertThat(answer.body()).isEqualTo(serial.get(i % serial.size()));
        }
        assertThat(serial).doesNotHaveDuplicates();
        long after = residentMegabytes();
        System.out.printf("200 requests, %d at once: resident %d MB before, %d MB after%n", CLIENTS, before, after);
        assertThat(liveTensors())
                .as("native tensors, those in the shared cache too")
                .isEqualTo(tensors);
        assertThat(after).as("MB resident").isLessThan(before + 200);
    }

    private static long liveTensors() {
        try (CachedTransformer any =
                application.getBean(CachedTransformer.class).newGeneration()) {
            return any.summary().liveTensors();
        }
    }

    /** 0 where the system does not say. */
    private static long residentMegabytes() throws Exception {
        Path status = Path.of("/proc/self/status");
        return !Files.exists(status)
                ? 0
                : Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                        .sum();
    }

    @Test
    void aPictureIsADigitAndSaysItsSeed() throws Exception {
        HttpResponse<byte[]> first = client.post("/generate", "{\"prompt\": \"7\"}");
        long seed = first.headers().firstValueAsLong("X-Seed").orElseThrow();
        HttpResponse<byte[]> again = client.post("/generate", "{\"prompt\": \"7\", \"seed\": " + seed + "}");

        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(first.body()));
        assertThat(picture.getWidth()).isEqualTo(28);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(Double.parseDouble(
                        first.headers().firstValue("X-Computed-Share").orElseThrow()))
                .as("the policy of application.yaml reuses")
                .isLessThan(0.9);
    }

    @Test
    void springAisImageModelDrawsTheSame() throws Exception {
        HttpResponse<byte[]> two = client.post("/images", "{\"prompt\": \"3\", \"n\": 2, \"steps\": 8, \"seed\": 5}");
        HttpResponse<byte[]> second = client.post("/generate", DrawClient.json("3", 8, 6));

        JsonNode data = DrawClient.json(two).path("data");
        assertThat(data).hasSize(2);
        assertThat(Base64.getDecoder().decode(data.path(1).path("b64_json").stringValue()))
                .isEqualTo(second.body());
        HttpResponse<byte[]> none = client.post("/images", "{\"prompt\": \"3\", \"n\": 0}");
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(DrawClient.json(none).path("detail").stringValue()).isEqualTo("n must be 1 or more, was 0");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\": \"cat\"} | prompt | prompt must be a digit from 0 to 9, was 'cat'",
                "{\"steps\": 9} | prompt | prompt must be text, was not given",
                "{\"prompt\": \"7\", \"steps\": 1} | steps | steps must be from 2 to 1000, was 1",
                "{\"prompt\": \"7\", \"seed\": -1} | seed | seed must be 0 or more, was -1",
                "{\"prompt\": \"7\", \"guidance\": 99} | guidance | guidance must be from 0 to 20, was 99.0",
                "{\"prompt\": \"7\", \"width\": 64} | width | width must be 28, was 64",
                "{\"prompt\": \"7\", \"negative_prompt\": \"8\"} | negative_prompt | negative_prompt must not be set",
                "{\"prompt\": \"7\", \"stesp\": 9} | | Failed to read request",
                "{\"prompt\": | | Failed to read request",
            })
    void whatCannotBeDrawnIsRefused(String json, String option, String message) throws Exception {
        HttpResponse<byte[]> refused = client.post("/generate", json);

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = DrawClient.json(refused);
        assertThat(problem.path("detail").stringValue()).startsWith(message);
        assertThat(problem.path("option").stringValue(null)).isEqualTo(option);
    }

    /** Two run, two wait, the fifth is refused; when those who watch go away, nothing is drawn for them. */
    @Test
    void aFullQueueIs503AndWhoGoesAwayMakesRoom() throws Exception {
        String longOne = DrawClient.json("1", 1000, 0);
        List<InputStream> watched = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            watched.add(client.open("/generate/events", longOne).body());
        }
        client.awaitQueue(2, 2);

        HttpResponse<byte[]> refused = client.post("/generate", DrawClient.json("2", 8, 0));

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isPositive();
        JsonNode problem = DrawClient.json(refused);
        assertThat(problem.path("reason").stringValue()).isEqualTo("full");
        assertThat(problem.path("detail").stringValue()).startsWith("2 generations run and 2 wait");
        assertThat(client.get("/actuator/health").path("status").stringValue())
                .as("a full queue is up")
                .isEqualTo("UP");

        for (InputStream stream : watched) {
            stream.close();
        }
        client.awaitQueue(0, 0);
        assertThat(client.get("/actuator/metrics/reprise.generation?tag=outcome:cancelled")
                        .path("measurements")
                        .path(0)
                        .path("value")
                        .doubleValue())
                .as("generations that were cancelled")
                .isEqualTo(4);
        assertThat(new Wanted("2", 0).draw().statusCode()).isEqualTo(200);
    }

    @Test
    void everyStepIsAnEvent() throws Exception {
        HttpResponse<byte[]> answer = client.post("/generate/events", DrawClient.json("4", STEPS, 4));

        String events = new String(answer.body(), StandardCharsets.UTF_8);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(events).startsWith("event:queued");
        assertThat(events.lines().filter("event:step"::equals)).hasSize(STEPS);
        String png = events.substring(events.indexOf("event:picture")).replaceAll("(?s).*\"png\":\"([^\"]+)\".*", "$1");
        assertThat(Base64.getDecoder().decode(png))
                .isEqualTo(new Wanted("4", 4).draw().body());
    }

    @Test
    void healthAndMetricsTellAboutTheModel() throws Exception {
        new Wanted("5", 5).draw();

        JsonNode details = client.get("/actuator/health/reprise").path("details");
        assertThat(details.path("bundle").stringValue()).isEqualTo("digits.bundle");
        assertThat(details.path("policy").stringValue()).isEqualTo("first_block_cache");
        assertThat(details.path("max_concurrent").intValue()).isEqualTo(2);
        JsonNode names = client.get("/actuator/metrics").path("names");
        assertThat(names.toString())
                .contains("\"reprise.step\"", "\"reprise.decisions\"", "\"reprise.generation\"")
                .contains("\"reprise.generations.waiting\"", "\"reprise.generation.computed.share\"");
    }
}
