/** The models of the demo, as files. Read {@link dev.reprise.demo.DemoModels}. */
@NullMarked
package dev.reprise.demo;

import org.jspecify.annotations.NullMarked;
