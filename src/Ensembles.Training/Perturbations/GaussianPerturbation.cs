using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Gaussian noise on every pixel, kept in [0, 1].</summary>
/// <param name="deviation">The standard deviation, in units of pixel values in [0, 1]; positive.</param>
public sealed class GaussianPerturbation(double deviation) : Perturbation
{
    /// <summary>The standard deviation.</summary>
    public double Deviation { get; set; } = deviation;

    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)batch.Step.Seed);
        var noise = randn(batch.Images.shape, generator: generator).to(batch.Images.device);
        return (batch.Images.detach() + Deviation * noise).clamp(0, 1).MoveToOuterDisposeScope();
    }
}
