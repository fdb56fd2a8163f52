package dev.reprise.graph.recording;

import java.util.List;

/**
 * What the header of a safetensors file says about one tensor.
 *
 * @param dtype element type as safetensors calls it
 * @param shape dimensions
 * @param dataOffsets begin and end, counted from the end of the header
 */
record SafetensorsHeader(String dtype, List<Long> shape, List<Long> dataOffsets) {}
