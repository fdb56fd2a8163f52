package org.example.pipeline;

import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.nio.file.Path;

/**
 * Text to picture with an export of Stable Diffusion 3, as diffusers' pipeline draws.
 *
 * <pre>{@code
 * try (TextToImage pipeline = TextToImage.open(ExportFolder.at(folder), bundle, SessionSettings.cpu())) {
 *     Drawing drawing = pipeline.draw(PictureRequest.of("A fox in the snow").withPolicy(policy), Progress.NONE);
 *     Files.write(output, drawing.picture().png());
 * }
 * }</pre>
 *
 * <p>Any number of threads may draw at once; each generation has a cache of its own. Models are opened when they are needed first.
 */
public final class TextToImage implements AutoCloseable {
    private final ConfigFile scheduling;
    private final SessionSettings settings;
    private final LatentSpace space;
    private final CachedTransformer transformer;
    private final Lazy<PromptEncoder> prompts;
    private final Lazy<PictureDecoder> pictures;

    private TextToImage(
            ExportFolder export, SessionSettings settings, CachedTransformer transformer, LatentSpace space) {
        scheduling = export.scheduler();
        this.settings = settings;
        this.transformer = transformer;
        this.space = space;
        prompts = new Lazy<>(() -> PromptEncoder.open(export, settings));
        pictures = new Lazy<>(() -> PictureDecoder.open(export, settings));
    }

    /**
     * Opens a pipeline; cuts the transformer where there is no bundle of it.
     *
     * @param bundle where the cut transformer is or will be, for example {@link ExportFolder#defaultBundle}
     * @throws UnusableExportException when the export or the bundle is another model's
     */
    public static TextToImage open(ExportFolder export, Path bundle, SessionSettings settings) {
        LatentSpace space = LatentSpace.of(export);
        // Refuses a scheduler that is not supported before anything is cut.
        Scheduler.of(export.scheduler(), 2, space.usual().tokens());
        return new TextToImage(export, settings, TransformerBundle.open(export, bundle, settings), space);
    }

    /**
     * Draws a picture.
     *
     * @throws GenerationCancelledException when {@code progress} or an interrupt asked for it
     * @throws IllegalArgumentException when the size does not fit the model
     * @throws dev.reprise.cache.UnsupportedPolicyException when the policy cannot work on this transformer
     */
    public Drawing draw(PictureRequest request, Progress progress) {
        return draw(request, encode(request, progress), progress);
    }

    /** As {@link #draw(PictureRequest, Progress)}, with prompts that {@link #encode} read before. */
    Drawing draw(PictureRequest request, Conditioning conditioning, Progress progress) {
        LatentShape shape = space.shape(request);
        Scheduler scheduler = Scheduler.of(scheduling, request.steps(), shape.tokens());
        try (CachedTransformer generation = transformer.newGeneration()) {
            request.policy().ifPresent(generation::enableCache);
            float[] latents = request.noise(shape);
            new Denoising(generation, scheduler, conditioning, request.guidance()).run(latents, shape, progress);
            Cancellation.check(progress, "before the picture was decoded");
            return new Drawing(pictures.get().decode(latents, shape), generation.summary());
        }
    }

    /** Reads the prompts. */
    Conditioning encode(PictureRequest request, Progress progress) {
        space.shape(request); // a wrong size costs no prompt
        Cancellation.check(progress, "before the prompt was read");
        PromptEncoder encoder = prompts.get();
        PromptEmbeddings prompt = encoder.encode(request.prompt());
        prompt.dropped().forEach(dropped -> progress.warn("of the prompt, " + dropped));
        if (!request.guided()) {
            return Conditioning.plain(prompt);
        }
        PromptEmbeddings negative = encoder.encode(request.negativePrompt());
        negative.dropped().forEach(dropped -> progress.warn("of the negative prompt, " + dropped));
        return Conditioning.guided(negative, prompt);
    }

    /** Frees the text encoders, which are most of the weights; the next prompt opens them again. No prompt may be being read meanwhile. */
    public void releaseTextEncoders() {
        prompts.close();
    }

    /** What the transformer runs on, and its settings. */
    public SessionSettings settings() {
        return settings;
    }

    /** No generation may be under way. */
    @Override
    public void close() {
        try {
            transformer.close();
        } finally {
            pictures.close();
            prompts.close();
        }
    }
}
