using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>How an attack is run, apart from its own hyperparameters.</summary>
public sealed record AttackOptions
{
    /// <summary>What counts as a success.</summary>
    public Criterion Criterion { get; init; } = Criterion.Misclassified;

    /// <summary>
    /// One seed reproduces a run bit for bit on one machine. Randomised defenses draw from the process's one global
    /// generator, which a run seeds and then restores: run one attack at a time.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>
    /// Images passed through the defense at once, and attacked at once. Each draw of a randomised defense counts as
    /// one, so that its memory is that of a deterministic one; at least the draws of one image pass together.
    /// </summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>
    /// Perturbed images that are known before the attack begins, such as those that fool one member of an ensemble:
    /// each a tensor [N, C, H, W], one for each image in their order, the clean image where there is none. An attack
    /// judges them before its first step, so that it is never weaker than a replay of them, and <see cref="Pgd"/>
    /// begins restarts there.
    /// </summary>
    public IReadOnlyList<Tensor> StartingImages { get; init; } = [];

    /// <summary>Receives the share of the work done, in [0, 1].</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Stops the attack between two steps with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The same for some of the images, in their order.</summary>
    internal AttackOptions Select(int[] images) => this with
    {
        Criterion = Criterion.Select(images),
        StartingImages = [.. StartingImages.Select(known =>
            known.index_select(0, tensor([.. images.Select(i => (long)i)], device: known.device)))],
    };
}
