/** The regression gate as JUnit tests. Read {@link dev.reprise.verify.junit.ReplayTests}. */
@NullMarked
package dev.reprise.verify.junit;

import org.jspecify.annotations.NullMarked;
