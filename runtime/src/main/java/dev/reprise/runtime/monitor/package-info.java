/** Listeners that hand steps to other tools: Java Flight Recorder. */
@NullMarked
package dev.reprise.runtime.monitor;

import org.jspecify.annotations.NullMarked;
