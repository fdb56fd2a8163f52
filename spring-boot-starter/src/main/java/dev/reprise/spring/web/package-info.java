/** What went wrong, as answers of a web application. */
@NullMarked
package dev.reprise.spring.web;

import org.jspecify.annotations.NullMarked;
