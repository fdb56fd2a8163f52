/** The module path of every node. Read {@link dev.reprise.optimizer.paths.ModulePaths} first. */
@NullMarked
package dev.reprise.optimizer.paths;

import org.jspecify.annotations.NullMarked;
