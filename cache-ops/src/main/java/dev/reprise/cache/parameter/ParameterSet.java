package dev.reprise.cache.parameter;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.graph.NearestNames;
import java.util.ArrayList;
import java.util.List;

/**
 * The parameters of a policy or of a part of one.
 *
 * @param owner what messages call it
 * @param parameters in the order they are shown
 */
record ParameterSet(String owner, List<Parameter<?>> parameters) {

    ParameterSet {
        parameters = List.copyOf(parameters);
    }

    /** The parameter of this name or alias. */
    Parameter<?> parameter(String name) {
        List<String> names = new ArrayList<>();
        for (Parameter<?> parameter : parameters) {
            if (parameter.isCalled(name)) {
                return parameter;
            }
            names.add(parameter.name());
            names.addAll(parameter.aliases());
        }
        String hint =
                names.isEmpty() ? "; it has none" : "; nearest: " + String.join(", ", NearestNames.of(name, names, 3));
        throw new InvalidPolicyException(owner + " has no parameter '" + name + "'" + hint);
    }
}
