using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Gives every image of a batch the change that another perturbation made for another image: as large, and of no use
/// for knowing the class. What training gains by it, it does not gain from perturbations being the worst.
/// </summary>
/// <param name="inner">Makes the changes.</param>
public sealed class ShuffledPerturbation(Perturbation inner) : Perturbation
{
    /// <summary>Makes the changes.</summary>
    public Perturbation Inner { get; } = inner;

    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch)
    {
        using var scope = NewDisposeScope();
        var clean = batch.Images.detach();
        var changes = Inner.Of(batch) - clean;
        var others = OtherPlaces.Of((int)clean.size(0), unchecked((int)batch.Step.Seed));
        var received = changes.index_select(0, tensor(others).to(clean.device));
        return (clean + received).clamp(0, 1).MoveToOuterDisposeScope();
    }
}
