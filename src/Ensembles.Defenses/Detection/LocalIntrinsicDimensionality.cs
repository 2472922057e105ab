using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// How many dimensions the features of training images seem to have around a point, by the maximum likelihood estimate
/// from the distances r_1 to r_k to the nearest ones (Ma et al. 2018): features [N, D] to
/// LID(h) = -1 / mean_(i = 1 to k) log(r_i / r_k), float32 [N].
/// </summary>
/// <remarks>The references are a buffer of a size that is known at construction; until <see cref="Fit"/> 0.</remarks>
public sealed class LocalIntrinsicDimensionality : Module<Tensor, Tensor>
{
    readonly Tensor references;

    /// <summary>Makes an estimate without references.</summary>
    /// <param name="featureCount">D.</param>
    /// <param name="referenceCount">R, how many references there are.</param>
    /// <param name="neighbors">k, from 2 to R.</param>
    /// <exception cref="ArgumentOutOfRangeException">Neighbors outside 2 to R.</exception>
    public LocalIntrinsicDimensionality(int featureCount, int referenceCount, int neighbors)
        : base(nameof(LocalIntrinsicDimensionality))
    {
        if (neighbors < 2 || neighbors > referenceCount)
            throw new ArgumentOutOfRangeException(
                nameof(neighbors), neighbors, $"There are 2 to {referenceCount} nearest references.");
        Neighbors = neighbors;
        references = zeros(referenceCount, featureCount).DetachFromDisposeScope();
        register_buffer(nameof(references), references);
        RegisterComponents();
    }

    /// <summary>k, the nearest references that count.</summary>
    public int Neighbors { get; }

    /// <summary>R, how many references there are.</summary>
    public int ReferenceCount => (int)references.size(0);

    /// <summary>Takes features as references.</summary>
    /// <param name="features">Float32 [R, D].</param>
    public void Fit(Tensor features)
    {
        using var noGradient = no_grad();
        references.copy_(features);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        // Differences and not products: near a reference the digits would cancel.
        var squared = cdist(features, references).clamp_min(1e-6);
        var (nearest, _) = squared.topk(Neighbors, 1, largest: false, sorted: true);
        var farthest = nearest.narrow(1, Neighbors - 1, 1);
        var mean = (nearest / farthest).log().mean([1]);
        return (-1 / mean.clamp_max(-1e-6)).MoveToOuterDisposeScope();
    }
}
