using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// The pruning operator of stochastic activation pruning (Dhillon et al. 2018 [7]) on activations h, [N, ...]. In each
/// row of n units, r units are drawn with replacement with p_j = |h_j| / sum |h|; a unit that was drawn at least once
/// is kept and scaled by 1 / (1 - (1 - p_j)^r), the others become 0. The mean over draws is h.
/// </summary>
/// <remarks>
/// <para>Each unit is kept independently with exactly the probability of being drawn, 1 - (1 - p_j)^r, as the code that
/// attacks this defense does [1]. Drawing r indices would make the kept units slightly rarer together (a correlation of
/// order 1/r) at many times the cost, and change neither their probabilities nor the mean.</para>
/// <para>The gradient is that of the draw, kept_j / (1 - (1 - p_j)^r) with p constant. Its mean over draws is 1, that
/// of no pruning, so averaging over draws (EOT [1]) is all an attack needs; it does slightly better than a surrogate
/// without pruning.</para>
/// </remarks>
public sealed class StochasticActivationPruning : Module<Tensor, Tensor>, IRandomized
{
    const float Tiny = 1e-30f;

    /// <summary>Makes the operator.</summary>
    /// <param name="sampleRatio">r / n, positive; the source uses 1 to 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A ratio that is not positive and finite.</exception>
    public StochasticActivationPruning(double sampleRatio = 1) : base(nameof(StochasticActivationPruning))
    {
        if (!(sampleRatio > 0) || double.IsInfinity(sampleRatio))
            throw new ArgumentOutOfRangeException(
                nameof(sampleRatio), sampleRatio, "The number of draws per unit is positive and finite.");
        SampleRatio = sampleRatio;
    }

    /// <summary>r / n, draws per unit of a row.</summary>
    public double SampleRatio { get; }

    /// <inheritdoc/>
    public int EotSamples { get; init; } = 10;

    /// <inheritdoc/>
    public override Tensor forward(Tensor activations)
    {
        using var scope = NewDisposeScope();
        return (activations * Weights(activations)).MoveToOuterDisposeScope();
    }

    /// <summary>1 / keep_j where unit j is kept, 0 elsewhere.</summary>
    Tensor Weights(Tensor activations)
    {
        using var noGradient = no_grad();
        var keep = KeepProbabilities(activations);
        var kept = rand_like(keep).lt_(keep);
        // A unit of probability 0 is never kept, and 0 / Tiny = 0.
        return kept.div_(keep.clamp_min_(Tiny));
    }

    /// <summary>
    /// 1 - (1 - p_j)^r for each unit, in the shape of the activations [N, ...]; r is the ratio times the units in a
    /// row, rounded up.
    /// </summary>
    public Tensor KeepProbabilities(Tensor activations)
    {
        using var scope = NewDisposeScope();
        var magnitudes = activations.detach().abs();
        var rows = magnitudes.flatten(1);
        var draws = Math.Ceiling(SampleRatio * rows.size(1));
        // A row of zeros has nothing to keep: p = 0, not 0 / 0.
        var minusP = rows.div_(rows.sum(1, keepdim: true).clamp_min_(Tiny).neg_());
        // 1 - (1 - p)^r = -expm1(r log1p(-p)), exact also where p is tiny
        return minusP.log1p_().mul_(draws).expm1_().neg_().view(activations.shape).MoveToOuterDisposeScope();
    }
}
