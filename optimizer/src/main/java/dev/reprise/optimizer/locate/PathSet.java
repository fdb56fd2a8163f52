package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import java.util.HashSet;
import java.util.Set;

/** Module paths, with a quick answer to whether one of them overlaps a module. */
final class PathSet {
    private final Set<ModulePath> paths = new HashSet<>();
    private final Set<ModulePath> around = new HashSet<>();

    void add(ModulePath path) {
        paths.add(path);
        for (ModulePath at = path; around.add(at) && !at.isRoot(); ) {
            at = at.parent();
        }
    }

    /** Whether a path of the set is this one, lies in it, or holds it. */
    boolean overlaps(ModulePath path) {
        if (around.contains(path)) {
            return true;
        }
        for (ModulePath at = path; !at.isRoot(); at = at.parent()) {
            if (paths.contains(at)) {
                return true;
            }
        }
        return false;
    }
}
