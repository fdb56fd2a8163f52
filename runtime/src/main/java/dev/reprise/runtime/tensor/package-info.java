/** What is kept from step to step, within a budget of bytes. */
@NullMarked
package dev.reprise.runtime.tensor;

import org.jspecify.annotations.NullMarked;
