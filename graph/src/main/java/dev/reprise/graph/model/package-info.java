/** Model files: read without their weights, checked on the way. Read {@link dev.reprise.graph.model.OnnxModel} first. */
@NullMarked
package dev.reprise.graph.model;

import org.jspecify.annotations.NullMarked;
