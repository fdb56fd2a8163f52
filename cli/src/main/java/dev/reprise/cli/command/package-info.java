/** What every command shares: options and output, exit codes, failures as one line. Read {@link dev.reprise.cli.command.Screen} first. */
@NullMarked
package dev.reprise.cli.command;

import org.jspecify.annotations.NullMarked;
