using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Perturbed images on which a defense is judged beside the clean ones, made against it or against another defense.
/// </summary>
/// <param name="Source">Where they come from: "PGD-40 x 5, Misclassify, against Edges".</param>
/// <param name="Indices">For each, the index of the clean image it perturbs.</param>
/// <param name="Images">Float32 [n, C, H, W] in [0, 1].</param>
public sealed record Candidates(string Source, IReadOnlyList<int> Indices, Tensor Images) : IDisposable
{
    /// <summary>Tolerance of the radius, for attacks that round their last step to float32.</summary>
    internal const double Tolerance = 1e-6;

    /// <summary>The size of each perturbation.</summary>
    /// <param name="clean">The clean images [N, C, H, W] that the indices refer to.</param>
    /// <param name="norm">The norm.</param>
    /// <exception cref="ArgumentException">
    /// Images outside [0, 1], of another shape than the clean ones, or more or fewer than the indices.
    /// </exception>
    internal double[] Distances(Tensor clean, Norm norm)
    {
        ImageChecks.ThrowIfNotImages(Images);
        if (Images.size(0) != Indices.Count)
            throw new ArgumentException($"{Source}: {Indices.Count} indices, {Images.size(0)} images.", nameof(clean));
        if (!Images.shape.AsSpan(1).SequenceEqual(clean.shape.AsSpan(1)))
        {
            static string Shape(Tensor images) => $"[{string.Join(", ", images.shape[1..])}]";
            throw new ArgumentException(
                $"{Source}: images of shape {Shape(Images)} for clean images of shape {Shape(clean)}.", nameof(clean));
        }
        if (Indices.Count == 0)
            return [];

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var index = HostMemory.Index([.. Indices], clean.device);
        return norm.Distances(Images, clean.index_select(0, index)).cpu().data<double>().ToArray();
    }

    /// <summary>
    /// For each of some clean images its candidate, or the image itself if it has none, [a, C, H, W].
    /// </summary>
    /// <param name="clean">The clean images [N, C, H, W] that the indices refer to.</param>
    /// <param name="chosen">Indices of the clean images asked for.</param>
    internal Tensor InPlaceOf(Tensor clean, int[] chosen)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var all = clean.clone();
        all.index_copy_(0, HostMemory.Index([.. Indices], clean.device), Images.to(clean.device));
        return all.index_select(0, HostMemory.Index(chosen, clean.device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Images.Dispose();
}
