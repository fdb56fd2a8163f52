/** Files and folders that appear whole or not at all. Read {@link dev.reprise.graph.files.StagedFolder} first. */
@NullMarked
package dev.reprise.graph.files;

import org.jspecify.annotations.NullMarked;
