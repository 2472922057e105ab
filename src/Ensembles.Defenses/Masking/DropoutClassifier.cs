using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Dropout kept on at test time (Smith 2019, after Gal and Ghahramani 2016): the network drops units at random, and its
/// answer is the mean probability over T draws of the masks.
/// </summary>
/// <remarks>
/// It hides the gradient of each single draw and nothing more: the mean of many draws is nearly a network of its own.
/// Logits are the logarithms of the mean probabilities. In training mode it is the network with dropout, and its
/// features are always those without.
/// </remarks>
[Defense(
    Category.GradientMasking,
    Source = "Smith 2019, after Gal and Ghahramani 2016",
    UnderAttack = "Falls to PGD on gradients averaged over draws (EOT).")]
[Claims<TestTimeRandomness>]
public sealed class DropoutClassifier : NetworkClassifier, IRandomized
{
    readonly MonteCarloDropout dropout;

    /// <summary>Makes an untrained classifier.</summary>
    /// <param name="networks">Makes the network, which must honour the dropout it is asked for.</param>
    /// <param name="probability">The probability that a unit is dropped, in (0, 1).</param>
    /// <param name="draws">T, the draws that are averaged, 1 or more.</param>
    /// <exception cref="ArgumentException">The network has no <c>nn.Dropout</c> modules.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A probability outside (0, 1), or no draws.</exception>
    public DropoutClassifier(INetworkFactory networks, double probability = 0.5, int draws = 20)
        : this(networks.Create(new NetworkRequest { Dropout = Checked(probability) }), probability, draws)
    {
    }

    DropoutClassifier(FeatureNetwork network, double probability, int draws) : base(network)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        (Probability, Draws, dropout) = (probability, draws, new MonteCarloDropout(network, probability));
    }

    /// <summary>The probability that a unit is dropped.</summary>
    public double Probability { get; }

    /// <summary>T, the draws that are averaged.</summary>
    public int Draws { get; }

    /// <inheritdoc/>
    /// <remarks>Each is an average over T draws already.</remarks>
    public int EotSamples { get; init; } = 10;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        if (training)
            return base.forward(images);
        using var scope = NewDisposeScope();
        var count = images.size(0);
        var logits = dropout.Drawing(count, Draws, () => base.forward(images));
        var each = logits.narrow(0, count, count * Draws).view(Draws, count, logits.size(1)).log_softmax(2);
        return (each.logsumexp(0) - Math.Log(Draws)).MoveToOuterDisposeScope();
    }

    static double Checked(double probability) => probability is > 0 and < 1
        ? probability
        : throw new ArgumentOutOfRangeException(
            nameof(probability), probability, "The probability that a unit is dropped lies in (0, 1).");
}
