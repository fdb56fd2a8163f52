/** What a verification finds: verdicts, errors, decisions, causes, budgets. */
@NullMarked
package dev.reprise.verify.api;

import org.jspecify.annotations.NullMarked;
