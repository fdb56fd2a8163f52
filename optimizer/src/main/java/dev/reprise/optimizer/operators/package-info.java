/** What is known of operators by name. Read {@link dev.reprise.optimizer.operators.Operators} first. */
@NullMarked
package dev.reprise.optimizer.operators;

import org.jspecify.annotations.NullMarked;
