/** Text to picture with an export of Stable Diffusion 3; read {@link org.example.pipeline.TextToImage} first. */
package org.example.pipeline;
