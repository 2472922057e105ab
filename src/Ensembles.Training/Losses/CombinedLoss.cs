using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>A loss made of others.</summary>
public abstract class CombinedLoss : TrainingLoss
{
    private protected CombinedLoss(params TrainingLoss[] terms)
    {
        Terms = terms;
        for (var i = 0; i < terms.Length; i++)
            register_module($"term{i + 1}", terms[i]);
    }

    /// <summary>The losses it is made of.</summary>
    public IReadOnlyList<TrainingLoss> Terms { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> Taps => [.. Terms.SelectMany(t => t.Taps).Distinct()];

    /// <inheritdoc/>
    public sealed override bool DifferentiatesImages => Terms.Any(t => t.DifferentiatesImages);

    /// <summary>The highest of its losses: at that of the others the softmax may be 0 and 1.</summary>
    public sealed override double TemperatureUnderAttack => Terms.Max(t => t.TemperatureUnderAttack);

    /// <inheritdoc/>
    protected internal sealed override bool IsOfLogits => Terms.All(t => t.IsOfLogits);

    /// <inheritdoc/>
    public sealed override Module<Tensor, Tensor>? Head
    {
        get
        {
            Module<Tensor, Tensor>[] heads = [.. Terms.Select(t => t.Head).OfType<Module<Tensor, Tensor>>()];
            return heads.Length <= 1 ? heads.SingleOrDefault() : throw new InvalidOperationException(
                "Only one loss of a sum may bring a head; these are several: "
                + $"{string.Join(", ", heads.Select(h => h.GetName()))}.");
        }
    }

    /// <inheritdoc/>
    public sealed override void Build(FeatureNetwork network)
    {
        foreach (var term in Terms)
            term.Build(network);
    }
}

/// <summary>A loss times a number, which a hook may change while training runs.</summary>
public sealed class WeightedLoss : CombinedLoss
{
    internal WeightedLoss(double weight, TrainingLoss loss) : base(loss) => Weight = weight;

    /// <summary>The number.</summary>
    public double Weight { get; set; }

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Weight * Terms[0].Of(batch);
}

/// <summary>The sum of two losses.</summary>
sealed class SumLoss(TrainingLoss left, TrainingLoss right) : CombinedLoss(left, right)
{
    public override Tensor Of(LossContext batch) => Terms[0].Of(batch) + Terms[1].Of(batch);
}

/// <summary>A loss on the images before the perturbation.</summary>
sealed class CleanLoss(TrainingLoss loss) : CombinedLoss(loss)
{
    public override Tensor Of(LossContext batch) => Terms[0].Of(batch.Clean);
}
