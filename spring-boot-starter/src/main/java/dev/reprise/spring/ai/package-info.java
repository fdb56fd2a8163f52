/** The queue as an image model of Spring AI. Read {@link dev.reprise.spring.ai.RepriseImageModel}. */
@NullMarked
package dev.reprise.spring.ai;

import org.jspecify.annotations.NullMarked;
