package dev.reprise.cli.playground;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.Failure;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Serves the playground's page and answers it, to this machine alone. Every address begins with a token that only the terminal shows:
 *
 * <pre>
 *   GET    /TOKEN/                                   the page, and its files
 *   GET    /TOKEN/api/overview                       models, policies, the generation that there is
 *   POST   /TOKEN/api/generations                    begins one
 *   DELETE /TOKEN/api/generations/ID                 ends it
 *   PUT    /TOKEN/api/generations/ID/sides/N         another policy from the next step on
 *   GET    /TOKEN/api/generations/ID/events          server-sent events, from the first one or behind Last-Event-ID
 * </pre>
 *
 * What cannot be done is answered with {@code {"message": …, "field": …, "side": …}}.
 */
final class PlaygroundServer implements AutoCloseable {
    private static final Map<String, String> FILES = Map.of(
            "", "text/html; charset=utf-8",
            "playground.css", "text/css; charset=utf-8",
            "playground.js", "text/javascript; charset=utf-8");
    private static final Pattern GENERATION = Pattern.compile("api/generations/(\\d{1,9})(?:/(events)|/sides/(\\d))?");
    private static final int TOKEN_BYTES = 16;
    private static final int LARGEST_REQUEST = 1 << 18;
    private static final int MOST_SKIPPED = 1 << 24;
    private static final long KEEP_ALIVE_MILLIS = 10_000;

    private final Playground playground;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "playground-http");
        thread.setDaemon(true);
        return thread;
    });
    private final String token;

    private PlaygroundServer(Playground playground, HttpServer server) {
        this.playground = playground;
        this.server = server;
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        token = HexFormat.of().formatHex(random);
    }

    /**
     * Begins to listen.
     *
     * @param port 0 for any that is free
     */
    static PlaygroundServer start(Playground playground, int port) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try {
            PlaygroundServer server = new PlaygroundServer(playground, HttpServer.create(address, 0));
            server.server.createContext("/", server::answer);
            server.server.setExecutor(server.threads);
            server.server.start();
            return server;
        } catch (BindException e) {
            throw CommandException.failed("port " + port + " of this machine cannot be listened on (" + e.getMessage()
                    + "); without --port any that is free is taken");
        } catch (IOException e) {
            throw CommandException.failed("no server can be started: " + e.getMessage());
        }
    }

    /** Of the page. */
    String address() {
        return "http://" + host() + "/" + token + "/";
    }

    private String host() {
        return server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            guard(exchange);
            try {
                route(exchange, path(exchange));
            } catch (RequestException e) {
                ObjectNode json = Json.object();
                json.put("message", e.problem().message());
                json.put("field", e.problem().field());
                json.put("side", e.problem().side());
                send(exchange, e.status(), json);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                send(exchange, 500, Json.object().put("message", Failure.of(e).line()));
            }
        }
    }

    /** The page runs what this server sends, and nobody shows it inside another one. */
    private static void guard(HttpExchange exchange) {
        exchange.getResponseHeaders()
                .set(
                        "Content-Security-Policy",
                        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
                                + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
    }

    /**
     * What is asked for, behind the token.
     *
     * @throws RequestException without the token, or when the page of another site asks by a name of its own for this address
     */
    private String path(HttpExchange exchange) {
        String asked = exchange.getRequestHeaders().getFirst("Host");
        boolean local =
                host().equals(asked) || ("localhost:" + server.getAddress().getPort()).equals(asked);
        String path = exchange.getRequestURI().getPath();
        int end = path.indexOf('/', 1);
        byte[] given = (end < 0 ? "" : path.substring(1, end)).getBytes(StandardCharsets.UTF_8);
        if (!local || !MessageDigest.isEqual(given, token.getBytes(StandardCharsets.UTF_8))) {
            throw new RequestException(
                    403,
                    new RequestProblem(
                            RequestProblem.COMMON,
                            "",
                            "the address must be the one that 'reprise playground' printed, with its token"));
        }
        return path.substring(end + 1);
    }

    private void route(HttpExchange exchange, String path) throws IOException, InterruptedException {
        String method = exchange.getRequestMethod();
        Matcher generation = GENERATION.matcher(path);
        if (method.equals("GET") && FILES.containsKey(path)) {
            sendFile(exchange, path);
        } else if (method.equals("GET") && path.equals("api/overview")) {
            send(exchange, 200, playground.overview());
        } else if (method.equals("POST") && path.equals("api/generations")) {
            send(exchange, 201, playground.begin(PlaySettings.of(body(exchange))));
        } else if (generation.matches()) {
            answerGeneration(exchange, method, generation.group(1), generation.group(2), generation.group(3));
        } else {
            throw RequestException.notFound("there is no " + method + " /" + path);
        }
    }

    private void answerGeneration(
            HttpExchange exchange, String method, String id, @Nullable String events, @Nullable String side)
            throws IOException, InterruptedException {
        if (events != null && method.equals("GET")) {
            sendEvents(exchange, playground.play(id).log());
        } else if (side != null && method.equals("PUT")) {
            int index = Integer.parseInt(side);
            send(exchange, 200, playground.change(id, index, SideSettings.of(index, body(exchange))));
        } else if (events == null && side == null && method.equals("DELETE")) {
            send(exchange, 200, playground.stop(id));
        } else {
            throw new RequestException(
                    405, new RequestProblem(RequestProblem.COMMON, "", method + " cannot be done here"));
        }
    }

    private static JsonNode body(HttpExchange exchange) throws IOException {
        byte[] bytes = exchange.getRequestBody().readNBytes(LARGEST_REQUEST + 1);
        if (bytes.length > LARGEST_REQUEST) {
            // Who still sends does not listen yet.
            exchange.getRequestBody().readNBytes(MOST_SKIPPED);
            throw new RequestException(
                    413,
                    new RequestProblem(
                            RequestProblem.COMMON, "", "a request must be at most " + LARGEST_REQUEST + " bytes"));
        }
        try {
            return Json.parse(new String(bytes, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw RequestException.badField(
                    RequestProblem.COMMON, "", "the request must be JSON: " + e.getOriginalMessage());
        }
    }

    private static void sendFile(HttpExchange exchange, String name) throws IOException {
        String file = name.isEmpty() ? "index.html" : name;
        try (InputStream in = PlaygroundServer.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing beside " + PlaygroundServer.class.getName());
            }
            send(exchange, 200, FILES.get(name), in.readAllBytes());
        }
    }

    private static void send(HttpExchange exchange, int status, JsonNode json) throws IOException {
        send(exchange, status, "application/json", json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, @Nullable String type, byte[] bytes)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** A reader that lost the connection says which event was its last. */
    private static void sendEvents(HttpExchange exchange, EventLog log) throws IOException, InterruptedException {
        String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
        int number = last != null && last.matches("\\d{1,9}") ? Integer.parseInt(last) + 1 : 0;
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        while (!log.isOver(number)) {
            EventLog.Event event = log.await(number, KEEP_ALIVE_MILLIS);
            String text = ": nothing yet\n\n";
            if (event != null) {
                text = "id: " + number + "\nevent: " + event.name() + "\ndata: " + event.json() + "\n\n";
                number++;
            }
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
