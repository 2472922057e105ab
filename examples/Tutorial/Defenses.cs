using Ensembles;
using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Tutorial;

/// <summary>Rounds every pixel to one of eight grey levels.</summary>
public sealed class ThreeBits : InputTransform, INonDifferentiable
{
    public override Tensor forward(Tensor images) => (images * 7).round() / 7;

    // Rounding has no gradient. An attacker who knows it pretends that it is the identity, so attacks here do too.
    public Tensor surrogate(Tensor images) => images.alias();
}

/// <summary>A network behind the rounding.</summary>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
public sealed class ThreeBitClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    public override InputTransform Transform { get; } = new ThreeBits();
}

/// <summary>Three votes, two categories.</summary>
[Ensemble<MeanProbability>]
public partial class Trio
{
    [Member] public partial ThreeBitClassifier Rounded { get; }
    [Member] public partial EnsembleAdversarialClassifier Transfer { get; }
    [Member] public partial CenterLossClassifier Compact { get; }
}
