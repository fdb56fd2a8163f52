/** What Spring Boot configures by itself. Read {@link dev.reprise.spring.boot.RepriseAutoConfiguration}. */
@NullMarked
package dev.reprise.spring.boot;

import org.jspecify.annotations.NullMarked;
