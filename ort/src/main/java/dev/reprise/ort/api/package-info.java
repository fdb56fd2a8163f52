/** What a caller says about sessions, and the failure of a run. Read {@link dev.reprise.ort.api.SessionConfig} first. */
@NullMarked
package dev.reprise.ort.api;

import org.jspecify.annotations.NullMarked;
