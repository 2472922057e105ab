using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Whether a network's answer for an image depends on the images it is shown with, as it does behind batch
/// normalisation without running statistics. Plans split batches, and would decide otherwise than the ensemble does.
/// </summary>
static class BatchDependence
{
    /// <summary>
    /// What rounding may change between a batch and its halves: shares of the answers' spread and of the largest one.
    /// </summary>
    const double OfSpread = 1e-4;
    const double OfLargest = 1e-5;

    /// <summary>Shows images as one batch and as two halves.</summary>
    /// <param name="name">Whose network it is.</param>
    /// <param name="network">The network.</param>
    /// <param name="images">Images, at least two.</param>
    /// <param name="answer">What the network gives for them.</param>
    /// <exception cref="InvalidOperationException">The answers differ.</exception>
    public static void ThrowIfAny(string name, FrozenNetwork network, Tensor images, Tensor answer)
    {
        using var scope = NewDisposeScope();
        var whole = answer.nan_to_num(0, 1e6, -1e6);
        var halves = cat([.. images.chunk(2).Select(network.Run)]).nan_to_num(0, 1e6, -1e6);
        var allowed = OfSpread * whole.std(false) + OfLargest * whole.abs().max();
        if (halves.shape.SequenceEqual(whole.shape) && (halves - whole).abs().max().le(allowed).item<bool>())
            return;
        throw new InvalidOperationException(
            $"What {name} answers for an image depends on the other images of its batch, or on earlier calls: a batch "
                + "and its halves get different answers. A plan splits batches, so that it would decide otherwise than "
                + "the ensemble. Give batch normalisation running statistics and compare no images inside a batch, "
                + "or decide by the ensemble itself.");
    }
}
