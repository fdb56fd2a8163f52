/** What callers of the runtime hand in and get back: steps, outputs, trace and summary. */
@NullMarked
package dev.reprise.runtime.api;

import org.jspecify.annotations.NullMarked;
