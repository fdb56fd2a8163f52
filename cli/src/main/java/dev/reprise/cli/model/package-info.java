/** Opening what commands are given: model files, which are cut on the way, and bundles. */
@NullMarked
package dev.reprise.cli.model;

import org.jspecify.annotations.NullMarked;
