/** The regression gate in a Maven build. Read {@link dev.reprise.maven.VerifyMojo}. */
@NullMarked
package dev.reprise.maven;

import org.jspecify.annotations.NullMarked;
