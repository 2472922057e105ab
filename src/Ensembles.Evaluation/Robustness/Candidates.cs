using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Perturbed images a defense is judged on beside the clean ones, made against it or against another defense.</summary>
/// <param name="Source">Where they come from: "PGD-40 x 5, Misclassify, against Edges".</param>
/// <param name="Indices">For each, the index of the clean image it perturbs.</param>
/// <param name="Images">Float32 [n, C, H, W] in [0, 1].</param>
public sealed record Candidates(string Source, IReadOnlyList<int> Indices, Tensor Images) : IDisposable
{
    /// <summary>Slack of a radius, for attacks that round their last step to float32.</summary>
    internal const double Tolerance = 1e-6;

    /// <summary>The size of each perturbation.</summary>
    /// <param name="clean">The clean images [N, C, H, W] the indices count in.</param>
    /// <param name="norm">The norm.</param>
    /// <exception cref="ArgumentException">Images outside [0, 1], or of another shape or number than said.</exception>
    internal double[] Distances(Tensor clean, Norm norm)
    {
        ImageChecks.ThrowIfNotImages(Images);
        if (Images.size(0) != Indices.Count)
            throw new ArgumentException($"{Source}: {Indices.Count} indices for {Images.size(0)} images.", nameof(clean));
        if (!Images.shape.AsSpan(1).SequenceEqual(clean.shape.AsSpan(1)))
            throw new ArgumentException($"{Source}: images of the shape [{string.Join(", ", Images.shape[1..])}] for clean ones of the shape [{string.Join(", ", clean.shape[1..])}].", nameof(clean));
        if (Indices.Count == 0)
            return [];

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var originals = clean.index_select(0, tensor(Indices.Select(i => (long)i).ToArray(), device: clean.device));
        return norm.Distances(Images, originals).cpu().data<double>().ToArray();
    }

    /// <summary>For each of some clean images its candidate, or itself where it has none, [a, C, H, W].</summary>
    /// <param name="clean">The clean images [N, C, H, W] the indices count in.</param>
    /// <param name="chosen">Which of them.</param>
    internal Tensor InPlaceOf(Tensor clean, int[] chosen)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var whole = clean.clone();
        whole.index_copy_(0, tensor(Indices.Select(i => (long)i).ToArray(), device: clean.device), Images.to(clean.device));
        return whole.index_select(0, tensor(chosen.Select(i => (long)i).ToArray(), device: clean.device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Images.Dispose();
}
