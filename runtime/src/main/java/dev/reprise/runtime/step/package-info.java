/** One denoising step: demand, policies, guards. Read {@link dev.reprise.runtime.step.StepEngine} first. */
@NullMarked
package dev.reprise.runtime.step;

import org.jspecify.annotations.NullMarked;
