using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// A plain network trained with cross-entropy: the undefended twin that every defense is measured beside, and a member
/// of an ensemble where accuracy is wanted.
/// </summary>
[Defense(Category.Undefended)]
public sealed class UndefendedClassifier : Classifier, IFeatureExtractor, ILayered, ITrainable
{
    readonly FeatureNetwork network;

    /// <summary>Makes an untrained twin.</summary>
    public UndefendedClassifier(INetworkFactory networks) : base(nameof(UndefendedClassifier))
    {
        network = networks.Create();
        RegisterComponents();
    }

    /// <inheritdoc/>
    public void Train(LabeledImages training, TrainingOptions options)
    {
        network.ThrowIfOtherClasses(training);
        TrainingLoop.RunCrossEntropy(this, training, options, nameof(UndefendedClassifier));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    /// <inheritdoc/>
    public override Tensor forward(Tensor images) => network.call(images);

    /// <inheritdoc/>
    public Tensor features(Tensor images) => network.features(images);
}
