using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The dropout half of Feinman et al. 2017 [9], as Carlini and Wagner 2017 [5] study it alone: an image is suspicious
/// when a dropout network disagrees with itself about it; see <see cref="BayesianUncertaintyDetector.Uncertainty"/>.
/// </summary>
[Defense(
    Category.Detection,
    Source = "Feinman et al. 2017 [9]",
    UnderAttack = "Falls to attacks on gradients averaged over draws (EOT); of the ten in [5] it costs them most.")]
[Claims<AdversarialRejection>]
public sealed class DropoutUncertaintyDetector : FittedDetector, IRandomized
{
    const double DropoutProbability = 0.5;

    readonly MonteCarloDropout dropout;

    /// <summary>Makes an untrained detector with a dropout network of its own.</summary>
    /// <exception cref="ArgumentException">The factory's network has no <c>nn.Dropout</c> modules.</exception>
    public DropoutUncertaintyDetector(INetworkFactory networks)
        : base(networks.Create(new NetworkRequest { Dropout = DropoutProbability }), evidenceCount: 1) =>
        dropout = new MonteCarloDropout(Network, DropoutProbability);

    /// <summary>
    /// T, draws of the dropout masks a score is made from; 2 or more. The cost grows with it.
    /// </summary>
    public int DropoutDraws { get; set; } = 20;

    /// <inheritdoc/>
    /// <remarks>One: a score averages over <see cref="DropoutDraws"/> draws already.</remarks>
    public int EotSamples => 1;

    /// <summary>Two: half of the units are silent in every batch.</summary>
    protected override int EpochFactor => 2;

    /// <summary>
    /// What the regression sees, float32 [N, 1]: log U, since that of clean images is smaller by orders of magnitude.
    /// </summary>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (_, logits) = dropout.Passes(images, DropoutDraws);
        var count = images.size(0);
        var drawn = logits.narrow(0, count, DropoutDraws * count).softmax(1).unflatten(0, [DropoutDraws, count]);
        return BayesianUncertaintyDetector.Uncertainty(drawn)
            .clamp_min(1e-6).log().unsqueeze(1).MoveToOuterDisposeScope();
    }
}
