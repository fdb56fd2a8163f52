/** The open sessions of a bundle. Read {@link dev.reprise.runtime.session.LoadedModel} first. */
@NullMarked
package dev.reprise.runtime.session;

import org.jspecify.annotations.NullMarked;
