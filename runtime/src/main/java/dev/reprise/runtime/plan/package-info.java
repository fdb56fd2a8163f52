/**
 * Which segments run as one session, and who makes and reads which tensor. Read {@link dev.reprise.runtime.plan.Stage} first.
 */
@NullMarked
package dev.reprise.runtime.plan;

import org.jspecify.annotations.NullMarked;
