using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// A network on thermometers that is trained on levels chosen against it by LS-PGA (Buckman et al. 2018 [2]); see
/// <see cref="ThermometerTransform"/> and <see cref="LogitSpacePerturbation"/>.
/// </summary>
/// <param name="networks">Makes the network, of as many channels as it is asked for.</param>
/// <param name="epsilon">The radius of the training in Linf, positive.</param>
/// <param name="channels">Channels of the images.</param>
/// <param name="levels">Levels of a thermometer, 2 or more; 16 is the source's.</param>
/// <param name="steps">Steps of LS-PGA, 1 or more; 7 is the source's.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Buckman et al. 2018 [2]",
    UnderAttack = "Keeps a part under attacks through a smooth surrogate of its levels (BPDA).")]
[Claims<WorstCaseMarginalization>]
public sealed class ThermometerAdversarialClassifier(
    INetworkFactory networks, double epsilon = 0.3, int channels = 1, int levels = 16, int steps = 7)
    : NetworkClassifier(networks, new NetworkRequest { Channels = channels * levels })
{
    /// <summary>The thermometers.</summary>
    public override ThermometerTransform Transform { get; } = new(levels);

    /// <summary>LS-PGA.</summary>
    public override Perturbation? Perturbation { get; init; } = new LogitSpacePerturbation(epsilon, steps);
}
