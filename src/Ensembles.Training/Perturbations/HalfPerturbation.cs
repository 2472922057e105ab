using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Perturbs half of a batch: the first images stay as they are, one fewer where the number is odd.</summary>
/// <param name="half">What perturbs the others.</param>
public sealed class HalfPerturbation(Perturbation half) : Perturbation
{
    /// <summary>What perturbs half of the images.</summary>
    public Perturbation Half { get; } = half;

    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch)
    {
        using var scope = NewDisposeScope();
        var count = batch.Images.size(0);
        var clean = count / 2;
        Tensor Rest(Tensor ofAll) => ofAll.narrow(0, clean, count - clean);
        // What evaluates other images does so for the labels of the whole batch.
        var perturbed = batch.Evaluate is null
            ? Half.Of(batch with { Images = Rest(batch.Images), Labels = Rest(batch.Labels) })
            : Rest(Half.Of(batch));
        return cat([batch.Images.detach().narrow(0, 0, clean), perturbed]).MoveToOuterDisposeScope();
    }
}
