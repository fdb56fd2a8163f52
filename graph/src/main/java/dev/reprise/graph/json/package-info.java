/** JSON documents of unknown origin, bounded and checked. Read {@link dev.reprise.graph.json.JsonFile} first. */
@NullMarked
package dev.reprise.graph.json;

import org.jspecify.annotations.NullMarked;
