package dev.reprise.graph;

import com.google.common.base.Splitter;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a module lies in the PyTorch model.
 *
 * <pre>
 *   transformer_blocks.3.attn1.to_q      entry   transformer_blocks.3
 *                                        list    transformer_blocks, the parent of the entry
 *                                        leaf    to_q
 * </pre>
 *
 * @param dotted names from the outside in, joined by dots; "" for the model itself
 */
public record ModulePath(String dotted) implements Comparable<ModulePath> {
    /** The model itself. */
    public static final ModulePath ROOT = new ModulePath("");

    private static final Splitter NAMES = Splitter.on('.').omitEmptyStrings();
    /** Digits of an index; longer numbers are names. */
    private static final int MOST_DIGITS = 6;

    private static final Pattern ENTRY = Pattern.compile(".+?\\.\\d{1," + MOST_DIGITS + "}(?=\\.|$)");

    public static ModulePath of(String dotted) {
        return dotted.isEmpty() ? ROOT : new ModulePath(dotted);
    }

    public boolean isRoot() {
        return dotted.isEmpty();
    }

    /** The names, from the outside in. */
    public List<String> names() {
        return NAMES.splitToList(dotted);
    }

    /** The module around this one; the root's is the root. */
    public ModulePath parent() {
        int dot = dotted.lastIndexOf('.');
        return dot < 0 ? ROOT : new ModulePath(dotted.substring(0, dot));
    }

    /** The last name. */
    public String leaf() {
        return dotted.substring(dotted.lastIndexOf('.') + 1);
    }

    /** Whether the last name is an index into a list of modules. */
    public boolean isIndex() {
        String leaf = leaf();
        return !leaf.isEmpty() && leaf.length() <= MOST_DIGITS && leaf.chars().allMatch(Character::isDigit);
    }

    /** Whether it lies in no other module: {@code transformer_blocks}. */
    public boolean isTopLevel() {
        return dotted.indexOf('.') < 0;
    }

    /** Whether it is this module or one inside it. */
    public boolean isIn(ModulePath module) {
        String outer = module.dotted;
        return outer.isEmpty()
                || (dotted.startsWith(outer)
                        && (dotted.length() == outer.length() || dotted.charAt(outer.length()) == '.'));
    }

    /** Whether it lies inside a module and is not that module. */
    public boolean isBelow(ModulePath module) {
        return dotted.length() > module.dotted.length() && isIn(module);
    }

    /** A path that starts at this module. */
    public ModulePath append(ModulePath inner) {
        return isRoot() ? inner : inner.isRoot() ? this : new ModulePath(dotted + "." + inner.dotted);
    }

    public ModulePath child(String name) {
        return append(of(name));
    }

    /** The path as seen from a module around it; itself where it does not lie in that module. */
    public ModulePath relativeTo(ModulePath module) {
        if (module.isRoot() || !isIn(module)) {
            return this;
        }
        return dotted.length() == module.dotted.length() ? ROOT : of(dotted.substring(module.dotted.length() + 1));
    }

    /** The outermost list entry that it is or lies in: {@code transformer_blocks.3}; null outside of lists. */
    public @Nullable ModulePath entry() {
        Matcher entry = ENTRY.matcher(dotted);
        return entry.lookingAt() ? new ModulePath(entry.group()) : null;
    }

    /** The innermost list entry that it is or lies in; null outside of lists. */
    public @Nullable ModulePath innermostEntry() {
        for (ModulePath at = this; !at.isRoot(); at = at.parent()) {
            if (at.isIndex()) {
                return at;
            }
        }
        return null;
    }

    /** Whether it lies inside a list entry and is not the entry. */
    public boolean isInsideEntry() {
        ModulePath entry = entry();
        return entry != null && isBelow(entry);
    }

    /** The smallest module that holds both. */
    public ModulePath common(ModulePath other) {
        ModulePath common = this;
        while (!other.isIn(common)) {
            common = common.parent();
        }
        return common;
    }

    /** The smallest module that holds all; null for none. */
    public static @Nullable ModulePath common(Collection<ModulePath> paths) {
        ModulePath common = null;
        for (ModulePath path : paths) {
            common = common == null ? path : common.common(path);
        }
        return common;
    }

    @Override
    public int compareTo(ModulePath other) {
        return dotted.compareTo(other.dotted);
    }

    @Override
    public String toString() {
        return dotted;
    }
}
