/** {@code reprise freeze}: the decisions of one run as a static step mask. */
@NullMarked
package dev.reprise.cli.freeze;

import org.jspecify.annotations.NullMarked;
