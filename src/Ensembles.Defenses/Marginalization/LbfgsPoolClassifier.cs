using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// The first adversarial training there was (Szegedy et al. 2013 [33]): images that L-BFGS breaks go into a pool, which
/// is made anew every epoch, and half of the loss is on images of the pool. See <see cref="AdversarialPool"/>.
/// </summary>
/// <remarks>
/// It is slow: PGD training came to replace it. The radius is our addition. Without one the images of the pool go
/// further and further, the more the network withstands, and where classes are near each other training on them costs
/// accuracy on clean images.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">
/// The radius in L2, in pixel values in [0, 1], that images of the pool keep to; null for as far as L-BFGS goes.
/// </param>
/// <param name="poolSize">Training images that are attacked at the beginning of an epoch, 1 or more.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Szegedy et al. 2013 [33]",
    UnderAttack = "Shown by its source on clean images; within the radius it holds in L2 on small images.")]
[Claims<WorstCaseMarginalization>]
public sealed class LbfgsPoolClassifier(INetworkFactory networks, double? epsilon = 1.5, int poolSize = 100)
    : NetworkClassifier(networks)
{
    /// <summary>The radius in L2 that images of the pool keep to; null for none.</summary>
    public double? Epsilon { get; } = epsilon;

    /// <summary>Training images that are attacked at the beginning of an epoch.</summary>
    public int PoolSize { get; } = poolSize;

    /// <summary>L = (CE(x) + CE(x')) / 2.</summary>
    public override TrainingLoss Loss { get; } = 0.5 * new CrossEntropy().OnClean() + 0.5 * new CrossEntropy();

    /// <inheritdoc/>
    /// <remarks>
    /// It trains for twice the epochs of the run, as half of what it sees is harder than what a plain network sees.
    /// </remarks>
    public override void Train(ILabeledImages training, TrainingOptions options)
    {
        using var pool = new AdversarialPool(training, PoolSize, Epsilon);
        Train(training, options with { Epochs = 2 * options.Epochs }, pool);
    }
}
