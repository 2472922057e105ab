using Ensembles.Training;
using TorchSharp.Modules;

namespace Ensembles.Defenses;

/// <summary>
/// A network without batch normalisation (Galloway et al. 2019 [10]): its margins are said to be wider for their
/// gradients, since nothing raises directions in which the classes hardly differ to the same spread as all others.
/// </summary>
/// <remarks>
/// Fixup stands in its place where the network has residual branches; without either, the source trains with weight
/// decay 1e-4 and a warm-up. The claim is one for residual networks: a shallow network changes little. The source's
/// figures come from PGD of 20 steps; under stronger attacks the effect may vanish.
/// </remarks>
[Defense(
    Category.FeatureSeparation,
    Source = "Galloway et al. 2019 [10]",
    UnderAttack = "Shown by its source against 20 steps of PGD; falls to PGD without a perturbation in training.")]
[Claims<SmallInputJacobian>]
public sealed class NoBatchNormClassifier : NetworkClassifier
{
    /// <summary>Makes an untrained classifier.</summary>
    /// <param name="networks">Makes the network, whose batch normalisation is left out.</param>
    /// <param name="normalization">
    /// What stands in its place: <see cref="Normalization.Fixup"/> or <see cref="Normalization.None"/>.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Batch normalisation is asked for, or the factory makes it nevertheless.
    /// </exception>
    public NoBatchNormClassifier(INetworkFactory networks, Normalization normalization = Normalization.Fixup)
        : base(networks, new NetworkRequest { Normalization = normalization })
    {
        if (modules().OfType<NormBase>().FirstOrDefault() is { } norm)
            throw new ArgumentException(
                normalization == Normalization.Batch
                    ? $"{nameof(NoBatchNormClassifier)} is a network without batch normalisation: ask for "
                        + $"{nameof(Normalization.Fixup)} or {nameof(Normalization.None)}."
                    : $"{networks.GetType().Name} makes a {norm.GetName()} though it was asked for {normalization}: "
                        + $"let it follow {nameof(NetworkRequest)}.{nameof(NetworkRequest.Normalization)}.",
                nameof(normalization));
    }
}
