package dev.reprise.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.spring.DigitsBundle;
import dev.reprise.spring.ImageGenerator;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.StepsGenerator;
import dev.reprise.spring.ai.RepriseImageModel;
import dev.reprise.spring.monitor.GenerationMetrics;
import dev.reprise.spring.monitor.ModelHealthIndicator;
import dev.reprise.spring.queue.GeneratedImage;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.Generations;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.env.MockEnvironment;

/** What properties make of an application, and what it says about those that it cannot start with. */
class RepriseAutoConfigurationTest {
    @TempDir
    private static Path folder;

    private static Path bundle;

    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RepriseAutoConfiguration.class,
                    RepriseHealthAutoConfiguration.class,
                    RepriseImageModelAutoConfiguration.class,
                    RepriseMetricsAutoConfiguration.class,
                    RepriseWebAutoConfiguration.class))
            .withPropertyValues("reprise.threads=1");
    private final ApplicationContextRunner drawing = context.withUserConfiguration(Drawing.class);

    @BeforeAll
    static void cut() {
        bundle = DigitsBundle.in(folder);
    }

    @Configuration(proxyBeanMethods = false)
    static class Drawing {
        @Bean
        StepsGenerator generator() {
            return new StepsGenerator();
        }

        @Bean
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }
    }

    private static String[] with(String... properties) {
        String[] all = Arrays.copyOf(properties, properties.length + 1);
        all[properties.length] = "reprise.bundle=" + bundle;
        return all;
    }

    @Test
    void everyPropertyHasAnEffect() {
        Path config = folder.resolve("policy.json");
        drawing.withPropertyValues(with(
                        "reprise.policy=pyramid_attention_broadcast",
                        "reprise.policy-parameters.spatial-attention-block-skip-range=3",
                        "reprise.weights-in-memory=true",
                        "reprise.cache-budget=5MB",
                        "reprise.shared-cache-budget=7MB",
                        "reprise.service.max-concurrent=2",
                        "reprise.service.queue-capacity=3",
                        "reprise.service.queue-timeout=4s",
                        "reprise.service.shutdown-timeout=5s"))
                .run(started -> {
                    var settings = started.getBean(CachedTransformer.class).settings();
                    assertThat(settings.session().threads()).isEqualTo(1);
                    assertThat(settings.session().provider().name()).isEqualTo("cpu");
                    assertThat(settings.weightsInMemory()).isTrue();
                    assertThat(settings.cacheBudget()).isEqualTo(5 << 20);
                    assertThat(settings.sharedCacheBudget()).hasValue(7 << 20);
                    assertThat(started.getBean(CachePolicy.class).id()).isEqualTo("pyramid_attention_broadcast");
                    var queue = started.getBean(GenerationQueue.class).settings();
                    assertThat(queue.maxConcurrent()).isEqualTo(2);
                    assertThat(queue.capacity()).isEqualTo(3);
                    assertThat(queue.timeout()).isEqualTo(Duration.ofSeconds(4));
                    assertThat(queue.shutdownTimeout()).isEqualTo(Duration.ofSeconds(5));
                });
        context.withPropertyValues(with("reprise.enabled=false"))
                .run(started -> assertThat(started).doesNotHaveBean(CachedTransformer.class));
        writeFile(config, "{\"policy\": \"first_block_cache\", \"parameters\": {\"threshold\": 0.3}}");
        drawing.withPropertyValues(with("reprise.policy-config=" + config)).run(started -> {
            assertThat(started.getBean(CachePolicy.class).id()).isEqualTo("first_block_cache");
        });
    }

    /** Skipping each second step's attention computes less; results of others save runs of segments. */
    @Test
    void theParametersOfThePolicyAndSharingHaveAnEffect() {
        drawing.withPropertyValues(
                        with("reprise.policy=pab", "reprise.policy-parameters.spatial-attention-block-skip-range=2"))
                .run(started -> assertThat(
                                draw(started.getBean(GenerationQueue.class)).computedShare())
                        .isLessThan(0.99));
        for (boolean sharing : new boolean[] {true, false}) {
            context.withPropertyValues(with("reprise.share-results=" + sharing)).run(started -> {
                Generations generations = started.getBean(Generations.class);
                StepsGenerator generator = new StepsGenerator();
                ImageRequest request = ImageRequest.of("a").withSeed(3);
                try (var first = generations.open();
                        var second = generations.open()) {
                    generator.generate(first.model(), request);
                    generator.generate(second.model(), request);
                    assertThat(second.model().summary().segmentsShared() > 0)
                            .as("sharing " + sharing)
                            .isEqualTo(sharing);
                }
            });
        }
    }

    private static GeneratedImage draw(GenerationQueue queue) throws InterruptedException {
        return queue.submit(ImageRequest.of("a").withSteps(10).withSeed(1)).await();
    }

    @Test
    void drawsNothingWithoutAGenerator() {
        context.withPropertyValues(with()).run(started -> {
            assertThat(started).hasSingleBean(CachedTransformer.class).hasSingleBean(Generations.class);
            assertThat(started).doesNotHaveBean(GenerationQueue.class).doesNotHaveBean(RepriseImageModel.class);
            assertThat(started.getBean(ModelHealthIndicator.class).health().getDetails())
                    .containsEntry("bundle", "digits.bundle")
                    .doesNotContainKey("running");
        });
    }

    @Test
    void healthAndMetersTellWhatTheQueueDoes() {
        drawing.withPropertyValues(with("reprise.policy=fbc", "reprise.policy-parameters.threshold=0.5"))
                .run(started -> {
                    GenerationQueue queue = started.getBean(GenerationQueue.class);
                    MeterRegistry registry = started.getBean(MeterRegistry.class);
                    started.getBean(GenerationMetrics.class).bindTo(registry);
                    draw(queue);
                    Health health = started.getBean(ModelHealthIndicator.class).health();
                    assertThat(health.getStatus()).isEqualTo(Status.UP);
                    assertThat(health.getDetails())
                            .containsEntry("model", "torchscript.onnx")
                            .containsEntry("provider", "cpu")
                            .containsEntry("policy", "first_block_cache")
                            .containsEntry("running", 0)
                            .containsEntry("waiting", 0)
                            .containsEntry("queue_capacity", 16);
                    assertThat(registry.get("reprise.generation")
                                    .tag("outcome", "done")
                                    .timer()
                                    .count())
                            .isEqualTo(1);
                    assertThat(registry.get("reprise.generation.wait").timer().count())
                            .isEqualTo(1);
                    assertThat(registry.get("reprise.generation.computed.share")
                                    .summary()
                                    .max())
                            .isBetween(0.0, 1.0);
                    assertThat(registry.get("reprise.generations.running")
                                    .gauge()
                                    .value())
                            .isZero();
                    assertThat(registry.get("reprise.step").tag("policy", "first_block_cache").timers().stream()
                                    .mapToLong(timer -> timer.count())
                                    .sum())
                            .as("through StepMetrics")
                            .isEqualTo(10);
                    queue.stop();
                    assertThat(started.getBean(ModelHealthIndicator.class)
                                    .health()
                                    .getStatus())
                            .isEqualTo(Status.OUT_OF_SERVICE);
                });
    }

    @Test
    void closesTheModelAfterTheQueue() {
        drawing.withPropertyValues(with()).run(started -> {
            GenerationQueue queue = started.getBean(GenerationQueue.class);
            CachedTransformer model = started.getBean(CachedTransformer.class);
            var last = queue.submit(ImageRequest.of("a").withSteps(50));
            while (queue.state().running() == 0) {
                Thread.onSpinWait();
            }
            started.close();
            assertThat(last.result().toCompletableFuture()).isCompletedWithValueMatching(image -> image.steps() == 50);
            assertThatThrownBy(model::summary).hasMessage("this transformer is closed");
        });
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "reprise.threads | -3 | reprise.threads must be 0 or more, was -3",
                "reprise.cache-budget | -1MB | reprise.cache-budget must be 0 bytes or more, was -1048576B",
                "reprise.provider | gpu | reprise.provider cannot be used: provider must be cpu",
                "reprise.service.max-concurrent | 0 | reprise.service.max-concurrent must be 1 or more, was 0",
                "reprise.service.queue-capacity | -1 | reprise.service.queue-capacity must be 0 or more, was -1",
                "reprise.service.queue-timeout | 0s | reprise.service.queue-timeout must be above 0, was 0 ms",
                "reprise.service.shutdown-timeout | -1s | reprise.service.shutdown-timeout must be 0 or more, was -1000 ms",
                "reprise.bundle | /no/such | reprise.bundle must name the folder of a bundle",
                "reprise.policy | fistblock | reprise.policy cannot be used: unknown policy 'fistblock'",
                "reprise.policy-config | /no/such | reprise.policy-config must name a file with a policy, found none at /no/such",
            })
    void oneMessageNamesTheProperty(String property, String value, String message) {
        drawing.withPropertyValues(with())
                .withPropertyValues(property + "=" + value)
                .run(failed -> {
                    FailureAnalysis analysis = analyzed(failed.getStartupFailure(), property, value);
                    assertThat(analysis.getDescription()).startsWith(message).doesNotContain("\n");
                    assertThat(analysis.getAction())
                            .startsWith("Change the property " + property + ", which is \"" + value + "\", from ");
                });
    }

    private static FailureAnalysis analyzed(Throwable failure, String property, String value) {
        return new InvalidPropertyFailureAnalyzer(new MockEnvironment().withProperty(property, value)).analyze(failure);
    }

    @Test
    void propertiesThatExcludeEachOtherAreNamed() {
        assertFailure(
                "reprise.policy must be set where reprise.policy-parameters are, was not set beside {threshold=0.1}",
                "reprise.policy-parameters.threshold=0.1");
        assertFailure(
                "reprise.policy-config must not be set beside reprise.policy, was a.json beside fbc",
                "reprise.policy=fbc",
                "reprise.policy-config=a.json");
        assertFailure(
                "reprise.policy-config must not be set beside reprise.policy-parameters, was a.json beside {threshold=0.1}",
                "reprise.policy-parameters.threshold=0.1",
                "reprise.policy-config=a.json");
    }

    private void assertFailure(String message, String... properties) {
        drawing.withPropertyValues(with(properties))
                .run(failed -> assertThat(
                                analyzed(failed.getStartupFailure(), "a", "b").getDescription())
                        .startsWith(message));
    }

    @Test
    void aBadParameterOfThePolicyIsNamed() {
        assertFailure(
                "reprise.policy-parameters.threshold cannot be used: first_block_cache: threshold must be a number",
                "reprise.policy=fbc",
                "reprise.policy-parameters.threshold=-1");
        drawing.withPropertyValues(with("reprise.policy=fbc", "reprise.policy-parameters.treshold=1"))
                .run(failed -> assertThat(
                                analyzed(failed.getStartupFailure(), "a", "b").getDescription())
                        .contains("treshold")
                        .contains("threshold"));
    }

    @Test
    void aPolicyThatTheModelHasNoPlaceForIsRefused() {
        drawing.withPropertyValues(with("reprise.policy=deep_cache"))
                .run(failed -> assertThat(
                                analyzed(failed.getStartupFailure(), "a", "b").getDescription())
                        .startsWith("reprise.policy cannot be used on this model: "));
    }

    @Test
    void aBundleOfAnotherModelIsRefused() {
        context.withBean(ImageGenerator.class, () -> new ImageGenerator() {
                    @Override
                    public byte[] generate(CachedTransformer model, ImageRequest request) {
                        return new byte[0];
                    }

                    @Override
                    public void requireModel(Manifest model) {
                        throw new InvalidModelException("the model must draw cats, found digits");
                    }
                })
                .withPropertyValues(with())
                .run(failed -> assertThat(
                                analyzed(failed.getStartupFailure(), "a", "b").getDescription())
                        .isEqualTo("reprise.bundle must name a bundle that the application can draw with:"
                                + " the model must draw cats, found digits"));
    }

    @Test
    void aBundleThatIsMissingOrDamagedIsNamed() {
        drawing.run(
                failed -> assertThat(
                                analyzed(failed.getStartupFailure(), "a", "b").getDescription())
                        .isEqualTo(
                                "reprise.bundle must name the folder of a bundle, as 'reprise optimize' writes it; was not set"));
        Path damaged = folder.resolve("damaged");
        writeFile(damaged.resolve("manifest.json"), "{");
        drawing.withPropertyValues("reprise.bundle=" + damaged)
                .run(failed -> assertThat(
                                analyzed(failed.getStartupFailure(), "a", "b").getDescription())
                        .startsWith("reprise.bundle cannot be loaded: " + damaged));
    }

    @Test
    void aPropertyThatDoesNotExistKeepsTheApplicationFromStarting() {
        drawing.withPropertyValues(with("reprise.polcy=fbc"))
                .run(failed ->
                        assertThat(failed.getStartupFailure()).rootCause().hasMessageContaining("reprise.polcy"));
    }

    private static void writeFile(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
