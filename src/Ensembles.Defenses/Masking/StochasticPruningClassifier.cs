using Ensembles.Training;
using TorchSharp.Modules;

namespace Ensembles.Defenses;

/// <summary>
/// Stochastic activation pruning, SAP (Dhillon et al. 2018 [7]): a network trained as usual whose ReLU outputs are
/// pruned at random at test time, the large ones least likely; see <see cref="StochasticActivationPruning"/>.
/// </summary>
/// <remarks>
/// It is here as the known case of gradient masking: an attack that averages over draws leaves nothing of it (Athalye
/// et al. 2018 [1]: 0 % on CIFAR-10 at 8/255). It trains as an undefended network: pruning acts in evaluation mode
/// only.
/// </remarks>
[Defense(
    Category.GradientMasking,
    Source = "Dhillon et al. 2018 [7]",
    UnderAttack = "Falls to PGD on gradients averaged over draws (EOT).")]
[Claims<TestTimeRandomness>]
public sealed class StochasticPruningClassifier : NetworkClassifier, IRandomized
{
    readonly StochasticActivationPruning pruning = new();

    /// <summary>Makes an untrained classifier.</summary>
    /// <exception cref="ArgumentException">The network has no <c>nn.ReLU</c> modules.</exception>
    public StochasticPruningClassifier(INetworkFactory networks) : this(networks.Create())
    {
    }

    StochasticPruningClassifier(FeatureNetwork network) : base(network)
    {
        var activations = network.modules().OfType<ReLU>().ToArray();
        if (activations.Length == 0)
            throw new ArgumentException(
                $"{network.GetName()} has no nn.ReLU modules whose output could be pruned; functional.relu cannot be "
                + "reached.",
                nameof(network));
        foreach (var activation in activations)
            activation.register_forward_hook((_, _, output) => training ? output : pruning.call(output));
        register_module(nameof(pruning), pruning);
    }

    /// <summary>
    /// Prunes a network that is trained already, for example a twin's. The network belongs to the classifier from now
    /// on, and prunes wherever it is called.
    /// </summary>
    /// <exception cref="ArgumentException">The network has no <c>nn.ReLU</c> modules.</exception>
    public static StochasticPruningClassifier Of(FeatureNetwork trained) => new(trained);

    /// <inheritdoc/>
    public int EotSamples => pruning.EotSamples;
}
