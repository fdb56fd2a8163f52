package dev.reprise.cache.reuse;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.PartProvider;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Types of one kind: ours, and behind them those of all providers. Providers that cannot be used are no reason for a class not to load:
 * what is wrong with them is said whenever the catalogue is asked.
 *
 * @param <T> policy or part types
 */
public final class Catalogue<T> {
    /** What {@code --policy NAME=JSON} and {@code NAME:parameter=value} can name; a policy is looked up in lower case. */
    private static final String NAME = "[a-z][a-z0-9_]*";

    private final List<T> types;
    /** By the types of others: {@code com.acme.Policies in /plugins/acme.jar}. */
    private final Map<T, String> origins;

    private final @Nullable String problem;

    private Catalogue(List<T> types, Map<T, String> origins, @Nullable String problem) {
        this.types = List.copyOf(types);
        this.origins = Map.copyOf(origins);
        this.problem = problem;
    }

    private static <T> Catalogue<T> unusable(String problem) {
        return new Catalogue<>(List.of(), Map.of(), problem);
    }

    /**
     * A catalogue.
     *
     * @param kind what messages call a type of it: {@code policy}
     * @param ours the types of this module
     * @param providers of others, as {@link ServiceLoader} finds them
     * @param theirs the types of one provider
     * @param names id and aliases of a type
     * @param <P> the service
     */
    public static <P, T> Catalogue<T> of(
            String kind,
            List<T> ours,
            Iterable<P> providers,
            Function<P, List<T>> theirs,
            Function<T, List<String>> names) {
        List<T> types = new ArrayList<>(ours);
        Map<T, String> origins = new HashMap<>();
        Set<String> taken = new HashSet<>();
        ours.forEach(type -> taken.addAll(names.apply(type)));
        String asked = kind + " provider";
        try {
            for (Iterator<P> all = providers.iterator(); all.hasNext(); asked = kind + " provider") {
                P provider = all.next();
                asked = kind + " provider " + provider.getClass().getName();
                for (T type : theirs.apply(provider)) {
                    for (String name : names.apply(type)) {
                        if (!name.matches(NAME)) {
                            return unusable(
                                    asked + ": name of a " + kind + " must match " + NAME + ", was '" + name + "'");
                        }
                        if (!taken.add(name)) {
                            return unusable(asked + " has a " + kind + " called " + name
                                    + ", and there is one of this name already");
                        }
                    }
                    types.add(type);
                    origins.put(type, origin(provider.getClass()));
                }
            }
        } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
            return unusable(asked + " cannot be used: " + chain(e));
        }
        return new Catalogue<>(types, origins, null);
    }

    /**
     * A catalogue of parts.
     *
     * @param kind what messages call a part of it: {@code indicator}
     * @param ours the parts of this module
     * @param theirs the parts of one provider
     */
    public static <T> Catalogue<PartType<T>> ofParts(
            String kind, List<PartType<T>> ours, Function<PartProvider, List<PartType<T>>> theirs) {
        return of(kind, ours, ServiceLoader.load(PartProvider.class), theirs, type -> List.of(type.id()));
    }

    /** A class and where it was loaded from, for people. */
    private static String origin(Class<?> provider) {
        CodeSource source = provider.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return provider.getName();
        }
        String place = "file".equals(source.getLocation().getProtocol())
                ? source.getLocation().getPath()
                : source.getLocation().toString();
        return provider.getName() + " in " + URLDecoder.decode(place.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** What was thrown, and why, in one line. */
    private static String chain(Throwable thrown) {
        String text =
                thrown instanceof ServiceConfigurationError ? String.valueOf(thrown.getMessage()) : thrown.toString();
        return thrown.getCause() == null ? text : text + ": " + chain(thrown.getCause());
    }

    /**
     * All types, ours first.
     *
     * @throws InvalidPolicyException when a provider cannot be used, or has a name that another type has
     */
    public List<T> all() {
        if (problem != null) {
            throw new InvalidPolicyException(problem);
        }
        return types;
    }

    /** The provider that a type of {@link #all} comes from, and its jar; empty for ours. */
    public Optional<String> origin(T type) {
        return Optional.ofNullable(origins.get(type));
    }
}
