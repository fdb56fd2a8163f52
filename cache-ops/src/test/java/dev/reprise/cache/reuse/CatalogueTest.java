package dev.reprise.cache.reuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.NoCache;
import dev.reprise.cache.policy.PolicyProvider;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueTest {
    private static final List<PolicyType> OURS = List.of(NoCache.TYPE, FirstBlockCache.TYPE);

    @Test
    void whatOthersHaveComesBehindOurs() {
        assertThat(catalogue(() -> List.of(type("mine", "my_alias"))).all())
                .extracting(PolicyType::id)
                .containsExactly("none", "first_block_cache", "mine");
    }

    @Test
    void theProviderOfATypeIsKnownWithItsPlace() {
        PolicyType mine = type("mine");
        Catalogue<PolicyType> catalogue = found(List.of(new Mine(mine)));

        assertThat(catalogue.origin(mine))
                .hasValueSatisfying(origin -> assertThat(origin)
                        .startsWith(Mine.class.getName() + " in /")
                        .endsWith("/test-classes/"));
        assertThat(catalogue.origin(NoCache.TYPE)).isEmpty();
    }

    private record Mine(PolicyType type) implements PolicyProvider {
        @Override
        public List<PolicyType> policies() {
            return List.of(type);
        }
    }

    /** The catalogue is made, and says it whenever it is asked: a static field may hold it. */
    @Test
    void aNameOrAliasThatIsTakenIsRefused() {
        Catalogue<PolicyType> catalogue = catalogue(() -> List.of(type("mine", "fbc")));

        for (int i = 0; i < 2; i++) {
            refused(catalogue, "has a policy called fbc, and there is one of this name already");
        }
        refused(catalogue(() -> List.of(type("mine"), type("mine"))), "has a policy called mine, and");
    }

    @Test
    void aNameThatCannotBeTypedIsRefused() {
        refused(
                catalogue(() -> List.of(type("My-Policy"))),
                "name of a policy must match [a-z][a-z0-9_]*, was 'My-Policy'");
    }

    @Test
    void aProviderThatFailsIsNamed() {
        refused(
                catalogue(() -> {
                    throw new NoClassDefFoundError("com/acme/Gone");
                }),
                "policy provider dev.reprise.cache.reuse.CatalogueTest",
                "cannot be used: java.lang.NoClassDefFoundError: com/acme/Gone");
        refused(catalogue(() -> null), "cannot be used: java.lang.NullPointerException");
    }

    @Test
    void aProviderThatIsMissingIsNamed(@TempDir Path folder) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(PolicyProvider.class.getName()), "com.acme.Gone\n");
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            refused(
                    found(ServiceLoader.load(PolicyProvider.class, loader)),
                    "policy provider cannot be used: ",
                    "Provider com.acme.Gone not found");
        }
    }

    @Test
    void aPolicyHasTheIdOfItsType() {
        assertThatThrownBy(() -> type("mine").builder().build())
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("a policy must have the id of its type, mine, was none");
    }

    private static void refused(Catalogue<PolicyType> catalogue, String... said) {
        assertThatThrownBy(catalogue::all)
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContainingAll(said);
    }

    private static Catalogue<PolicyType> catalogue(PolicyProvider provider) {
        return found(List.of(provider));
    }

    private static Catalogue<PolicyType> found(Iterable<PolicyProvider> providers) {
        return Catalogue.of("policy", OURS, providers, PolicyProvider::policies, type -> {
            List<String> names = new ArrayList<>(List.of(type.id()));
            names.addAll(type.aliases());
            return names;
        });
    }

    private static PolicyType type(String id, String... aliases) {
        CachePolicy none = NoCache.TYPE.builder().build();
        return new PolicyType(id, List.of(aliases), "", "", List.of(), parameters -> none);
    }
}
