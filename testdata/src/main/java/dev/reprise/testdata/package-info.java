/** Small models, recordings, their loaders and the scripts that made them. */
@NullMarked
package dev.reprise.testdata;

import org.jspecify.annotations.NullMarked;
