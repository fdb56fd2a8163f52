/**
 * {@code reprise demo}: the trained digits model end to end. Read {@link dev.reprise.cli.demo.DemoCommand} first, then {@link
 * dev.reprise.cli.demo.EulerSampler} for what a denoising loop looks like with this library.
 */
@NullMarked
package dev.reprise.cli.demo;

import org.jspecify.annotations.NullMarked;
