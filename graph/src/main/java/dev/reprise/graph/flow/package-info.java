/** Who makes and who reads which value, and what follows from it: cutting by need, and what has to run. Read {@link dev.reprise.graph.flow.Flow} first. */
@NullMarked
package dev.reprise.graph.flow;

import org.jspecify.annotations.NullMarked;
