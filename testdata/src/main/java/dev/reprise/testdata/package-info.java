/** Small models, recordings, their loaders and the scripts that made them. Read {@link dev.reprise.testdata.TestModels} first. */
@NullMarked
package dev.reprise.testdata;

import org.jspecify.annotations.NullMarked;
