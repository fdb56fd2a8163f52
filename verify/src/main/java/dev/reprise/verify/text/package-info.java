/** Figures and JSON as reports write them. */
@NullMarked
package dev.reprise.verify.text;

import org.jspecify.annotations.NullMarked;
