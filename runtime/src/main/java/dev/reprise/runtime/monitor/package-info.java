/** Listeners that hand steps to other tools: Java Flight Recorder, Micrometer. */
@NullMarked
package dev.reprise.runtime.monitor;

import org.jspecify.annotations.NullMarked;
