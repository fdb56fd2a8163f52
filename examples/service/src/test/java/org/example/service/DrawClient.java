package org.example.service;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody who asks the service over HTTP. */
final class DrawClient {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String address;

    DrawClient(int port) {
        address = "http://localhost:" + port;
    }

    static String json(String prompt, int steps, long seed) {
        return "{\"prompt\": \"" + prompt + "\", \"steps\": " + steps + ", \"seed\": " + seed + "}";
    }

    HttpResponse<byte[]> post(String path, String json) throws IOException, InterruptedException {
        return http.send(request(path, json), HttpResponse.BodyHandlers.ofByteArray());
    }

    CompletableFuture<HttpResponse<byte[]>> postSoon(String path, String json) {
        return http.sendAsync(request(path, json), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Whoever closes the stream goes away. */
    HttpResponse<InputStream> open(String path, String json) throws IOException, InterruptedException {
        return http.send(request(path, json), HttpResponse.BodyHandlers.ofInputStream());
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return json(http.send(
                HttpRequest.newBuilder(URI.create(address + path)).build(), HttpResponse.BodyHandlers.ofByteArray()));
    }

    static JsonNode json(HttpResponse<byte[]> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    /** Waits until so many generations run and wait. */
    void awaitQueue(int running, int waiting) throws IOException, InterruptedException {
        JsonNode details;
        do {
            Thread.sleep(5);
            details = get("/actuator/health/reprise").path("details");
        } while (details.path("running").intValue() != running
                || details.path("waiting").intValue() != waiting);
    }

    private HttpRequest request(String path, String json) {
        return HttpRequest.newBuilder(URI.create(address + path))
                // As curl --json does.
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
    }
}
