using Ensembles.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Patches rebuilt from few atoms of a learned dictionary (the sparse coding of Smith 2019): for each patch x the code
/// s minimises 1/2 |x - D s|^2 + lambda |s|_1, and D s takes its place.
/// </summary>
/// <remarks>
/// The codes come of iterative soft thresholding (Beck and Teboulle 2009): s &lt;- soft(s - D'(D s - x) / L, lambda /
/// L) from 0, with L = |D|^2 and atoms of length 1. Patches overlap by half and are averaged. The steps have a
/// gradient, so it needs no surrogate.
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Smith 2019",
    UnderAttack = "Falls to PGD through the steps of its coding.")]
[Claims<NonRobustFeatureRemoval>]
public sealed class SparseCodingTransform : InputTransform, ITrainable
{
    readonly Parameter dictionary;

    /// <summary>Makes an untrained transform, of random atoms.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="patch">The side of a patch in pixels.</param>
    /// <param name="atoms">Atoms of the dictionary; two to four times the pixels of a patch are usual.</param>
    /// <param name="lambda">What a unit of a code costs, 0 or more.</param>
    /// <param name="steps">Steps of the coding, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside these.</exception>
    public SparseCodingTransform(
        int channels = 1, int patch = 8, int atoms = 128, double lambda = 0.1, int steps = 30)
        : base(nameof(SparseCodingTransform))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(atoms, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (lambda is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "A code's cost is 0 or more, and finite.");
        (Channels, Patch, Atoms, Lambda, Steps) = (channels, patch, atoms, lambda, steps);
        dictionary = Parameter(randn(atoms, channels * patch * patch).DetachFromDisposeScope());
        RegisterComponents();
    }

    /// <summary>Channels of the images.</summary>
    public int Channels { get; }

    /// <summary>The side of a patch in pixels.</summary>
    public int Patch { get; }

    /// <summary>Atoms of the dictionary.</summary>
    public int Atoms { get; }

    /// <summary>What a unit of a code costs.</summary>
    public double Lambda { get; }

    /// <summary>Steps of the coding.</summary>
    public int Steps { get; }

    /// <summary>The rebuilt images [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (wider, patches) = Patches(images);
        var size = (wider.size(2), wider.size(3));
        var atoms = UnitAtoms();
        var rebuilt = Codes(patches, atoms, Steps).matmul(atoms)
            .view(images.size(0), Places(size.Item1) * Places(size.Item2), atoms.size(1)).transpose(1, 2);
        var total = Folded(rebuilt) / Folded(ones_like(rebuilt));
        return total.narrow(2, 0, images.size(2)).narrow(3, 0, images.size(3)).contiguous().MoveToOuterDisposeScope();

        // How many patches lie along a side.
        long Places(long side) => ((side - Patch) / Stride) + 1;

        Tensor Folded(Tensor columns) =>
            functional.fold(columns, size, (Patch, Patch), stride: (Stride, Stride));
    }

    /// <summary>
    /// Learns the dictionary: codes of the patches by the atoms as they are, then a step of the atoms towards the
    /// patches.
    /// </summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options) =>
        ImageTraining.Train(this, "dictionary", training, options, images =>
        {
            var (_, patches) = Patches(images);
            var atoms = UnitAtoms();
            Tensor codes;
            using (no_grad())
                codes = Codes(patches, atoms, Steps);
            return Objective(patches, atoms, codes).mean();
        });

    /// <summary>The atoms [K, C p p], of length 1.</summary>
    internal Tensor UnitAtoms() => functional.normalize(dictionary, dim: 1);

    /// <summary>Codes [M, K] of patches [M, C p p] after so many steps.</summary>
    internal Tensor Codes(Tensor patches, Tensor atoms, int steps)
    {
        using var scope = NewDisposeScope();
        Tensor largest;
        using (no_grad())
            largest = linalg.eigvalsh(atoms.t().matmul(atoms)).max().clamp_min(1e-12);
        var target = patches.matmul(atoms.t());
        var gram = atoms.matmul(atoms.t());
        var codes = zeros_like(target);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var moved = codes - ((codes.matmul(gram) - target) / largest);
            // Soft thresholding: what lies within the threshold of 0 becomes 0.
            var thresholded = moved - maximum(minimum(moved, Lambda / largest), -Lambda / largest);
            codes.Dispose();
            codes = thresholded.MoveToOuterDisposeScope();
        }
        return codes.MoveToOuterDisposeScope();
    }

    /// <summary>What the codes minimise, [M].</summary>
    internal Tensor Objective(Tensor patches, Tensor atoms, Tensor codes) =>
        ((patches - codes.matmul(atoms)).square().sum(1) / 2) + (Lambda * codes.abs().sum(1));

    int Stride => Math.Max(1, Patch / 2);

    /// <summary>Images continued to whole patches, and the patches, [M, C p p].</summary>
    (Tensor Wider, Tensor Patches) Patches(Tensor images)
    {
        ImageTraining.ThrowIfOtherChannels(images, Channels);
        var (height, width) = (Whole(images.size(2)), Whole(images.size(3)));
        var more = (int)Math.Max(height - images.size(2), width - images.size(3));
        var wider = Border.Symmetric.Extend(images, 0, more).narrow(2, 0, height).narrow(3, 0, width);
        var patches = functional.unfold(wider, (Patch, Patch), stride: (Stride, Stride));
        return (wider, patches.transpose(1, 2).reshape(-1, patches.size(1)));

        long Whole(long side) => Patch + (Math.Max(0, side - Patch + Stride - 1) / Stride * Stride);
    }
}
