package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the page asks a playground for, without a browser. */
final class PageRequests {
    /** A server-sent event. */
    record Event(String name, JsonNode data) {}

    private final HttpClient client = HttpClient.newHttpClient();
    private final String address;

    PageRequests(String address) {
        this.address = address;
    }

    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path));
        return client.send(request.method(method, BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    JsonNode json(String method, String path, String body) throws IOException, InterruptedException {
        return Json.parse(send(method, path, body).body());
    }

    /** Id of a new generation. */
    String begin(String settings) throws IOException, InterruptedException {
        return json("POST", "api/generations", settings).path("id").asText();
    }

    /** All events behind a number, until the last one. */
    List<Event> events(String id, int behind) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "api/generations/" + id + "/events"));
        if (behind >= 0) {
            request.header("Last-Event-ID", Integer.toString(behind));
        }
        List<Event> events = new ArrayList<>();
        String name = "";
        try (Stream<String> lines =
                client.send(request.build(), BodyHandlers.ofLines()).body()) {
            for (String line : (Iterable<String>) lines::iterator) {
                if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    events.add(new Event(name, Json.parse(line.substring(6))));
                }
            }
        }
        return events;
    }

    /** Settings with one side. */
    static String settings(int steps, int pause, String policy, String parameters) {
        return ("{'model': 'digits', 'steps': %d, 'seed': 1, 'pause': %d,"
                        + " 'sides': [{'policy': '%s', 'parameters': %s}]}")
                .formatted(steps, pause, policy, parameters)
                .replace('\'', '"');
    }
}
