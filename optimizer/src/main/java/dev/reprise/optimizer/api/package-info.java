/** What callers of the optimizer hand in and get back. */
@NullMarked
package dev.reprise.optimizer.api;

import org.jspecify.annotations.NullMarked;
