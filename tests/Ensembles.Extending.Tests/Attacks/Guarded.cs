using static TorchSharp.torch;

namespace Ensembles.Extending.Tests.Attacks;

/// <summary>Three linear classifiers, one behind rounding, and a gate against bright upper halves.</summary>
[Ensemble<MeanProbability>]
public partial class Guarded
{
    [Gate(FalsePositiveRate = 0.1)] public partial UpperBrightness Upper { get; }

    [Member] public partial RoundedLinear Rounded { get; }

    [Member] public partial PlainLinear Plain { get; }

    /// <summary>The ensemble with random weights, and images it is right on and accepts.</summary>
    public static (Guarded Ensemble, Tensor Images, Tensor Labels) Create()
    {
        random.manual_seed(3);
        var ensemble = new Guarded(new UpperBrightness(), new RoundedLinear(), new PlainLinear());
        ensemble.eval();
        var images = rand(120, 1, 4, 4);
        ensemble.CalibrateGates(images);
        using var noGradient = no_grad();
        var labels = ensemble.call(images).Labels;
        var accepted = labels.ne(Decision.Reject).nonzero().flatten();
        return (ensemble, images.index_select(0, accepted), labels.index_select(0, accepted));
    }
}

/// <summary>The mean of the upper half of the image.</summary>
[Defense(Category.Detection)]
[Claims<AdversarialRejection>]
public sealed class UpperBrightness : Detector
{
    public override Tensor forward(Tensor images) => images.narrow(2, 0, 2).flatten(1).mean([1]);
}

/// <summary>Logits of four classes, linear in the pixels.</summary>
[Defense(Category.FeatureSeparation)]
[Claims<IntraClassCompactness>]
public sealed class PlainLinear : Classifier
{
    readonly TorchSharp.Modules.Linear linear = nn.Linear(16, 4);

    public PlainLinear() => RegisterComponents();

    public override Tensor forward(Tensor images) => 8 * linear.call(images.flatten(1));
}

/// <summary>The same of pixels rounded to eight levels, with the straight-through gradient as surrogate.</summary>
[Defense(Category.GradientMasking)]
[Claims<TestTimeRandomness>]
public sealed class RoundedLinear : Classifier
{
    readonly Rounding rounding = new();
    readonly TorchSharp.Modules.Linear linear = nn.Linear(16, 4);

    public RoundedLinear() => RegisterComponents();

    public override Tensor forward(Tensor images) => 8 * linear.call(rounding.call(images).flatten(1));

    sealed class Rounding : InputTransform, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => (7 * images).round() / 7;

        public Tensor surrogate(Tensor images) => images.alias();
    }
}
