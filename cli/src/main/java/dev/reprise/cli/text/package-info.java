/** What commands print: aligned tables, JSON, figures with units. All of it independent of the machine's locale. */
@NullMarked
package dev.reprise.cli.text;

import org.jspecify.annotations.NullMarked;
