// Declared to be wired, not to defend: two members of one class, classes without a category or a claim.
#pragma warning disable ENS0002, ENS0008, ENS0102

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>A linear classifier of 1x4x4 images into three classes.</summary>
[Defense(Category.FeatureSeparation)]
[Claims<Steadiness>]
public class LinearClassifier : Classifier
{
    readonly Module<Tensor, Tensor> linear = Linear(16, 3);

    public LinearClassifier() : base(nameof(LinearClassifier)) => RegisterComponents();

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

/// <summary>A classifier with noise in a module inside it; nothing in its own type says that it is random.</summary>
[Defense(Category.GradientMasking, Category.NonRobustFeatures)]
public sealed class NoisyClassifier : Classifier
{
    readonly Noise noise = new();
    readonly Module<Tensor, Tensor> linear = Linear(16, 3);

    public NoisyClassifier() : base(nameof(NoisyClassifier)) => RegisterComponents();

    public override Tensor forward(Tensor images) => linear.call(noise.call(images).flatten(1));

    sealed class Noise() : InputTransform(nameof(Noise)), IRandomized
    {
        public int EotSamples => 7;

        public override Tensor forward(Tensor images) => images + 0.1f * randn_like(images);
    }
}

/// <summary>
/// A classifier of rounded images, with the rounding in a module whose base class attaches no surrogate.
/// </summary>
public sealed class RoundingClassifier : Classifier
{
    readonly Rounding rounding = new();
    readonly Module<Tensor, Tensor> linear = Linear(16, 3);

    public RoundingClassifier() : base(nameof(RoundingClassifier)) => RegisterComponents();

    public override Tensor forward(Tensor images) => linear.call(rounding.call(images).flatten(1));

    sealed class Rounding() : Module<Tensor, Tensor>(nameof(Rounding)), INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.round();

        public Tensor surrogate(Tensor images) => images.alias();
    }
}

/// <summary>Suspects bright images.</summary>
[Defense(Category.Detection)]
public sealed class BrightnessDetector() : Detector(nameof(BrightnessDetector))
{
    public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
}

/// <summary>Suspects contrast, and keeps a part in training mode that must stay in it.</summary>
public sealed class ContrastDetector : Detector, IRandomized
{
    public readonly Module<Tensor, Tensor> Dropout = Dropout(0.1);

    public ContrastDetector() : base(nameof(ContrastDetector)) => RegisterComponents();

    public int EotSamples => 3;

    public List<bool> SeenTraining { get; } = [];

    public override Tensor forward(Tensor images)
    {
        SeenTraining.Add(training);
        return images.flatten(1).std(1) + 1e-4f * randn(images.size(0));
    }
}

/// <summary>Eight levels of brightness; counts its calls.</summary>
[Defense(Category.NonRobustFeatures)]
public sealed class Quantizer() : InputTransform(nameof(Quantizer)), INonDifferentiable
{
    public int Calls { get; private set; }

    public override Tensor forward(Tensor images)
    {
        Calls++;
        return (images * 7).round() / 7;
    }

    public Tensor surrogate(Tensor images) => images * 0.5;
}

/// <summary>Noise in front of everything.</summary>
[Defense(Category.GradientMasking)]
public sealed class Shaker() : InputTransform(nameof(Shaker)), IRandomized
{
    public int EotSamples => 5;

    public override Tensor forward(Tensor images) => images + 0.1f * randn_like(images);
}

public sealed class Steadiness : IStrength
{
    public static string Name => "steadiness";

    public static IReadOnlyList<Category> Categories => [Category.FeatureSeparation];

    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
        new("nothing", 0, 0, true);
}

/// <summary>Two gates and three members, two of one type.</summary>
[Ensemble<WeightedMean>(Quorum = 1)]
public partial class Five
{
    [Gate(FalsePositiveRate = 0.1)] public partial BrightnessDetector Bright { get; }
    [Member(Weight = 3)] public partial LinearClassifier First { get; }
    [Member] public partial LinearClassifier Second { get; }
    [Gate(FalsePositiveRate = 0.25)] public partial ContrastDetector Contrast { get; }
    [Member(Weight = 2)] public partial NoisyClassifier Noisy { get; }
}

/// <summary>No gates, nothing random, and a module of the user's own.</summary>
[Ensemble<Quorum>(Quorum = 3)]
public partial class Trio
{
    readonly Module<Tensor, Tensor> own = Linear(1, 1);

    [Member] public partial LinearClassifier First { get; }
    [Member] public partial LinearClassifier Second { get; }
    [Member] public partial RoundingClassifier Rounded { get; }
}

/// <summary>One member, which cannot be left out, and one gate, which can.</summary>
[Ensemble<MajorityVote>]
internal sealed partial class Guarded : Ensemble
{
    [Gate] internal partial BrightnessDetector Bright { get; }
    [Member] internal partial LinearClassifier Only { get; }
}

/// <summary>Members behind one front, a gate before it and one behind it.</summary>
[Ensemble<MeanLogit>]
public partial class Screened
{
    [Member] public partial LinearClassifier First { get; }
    [Front] public partial Quantizer Coarse { get; }
    [Gate(FalsePositiveRate = 0.1)] public partial BrightnessDetector Bright { get; }
    [Gate(FalsePositiveRate = 0.1, BehindFronts = true)] public partial BrightnessDetector Behind { get; }
    [Member] public partial LinearClassifier Second { get; }
}

/// <summary>Two fronts, of which one draws, and a member that draws too.</summary>
[Ensemble<MeanLogit>]
public partial class Shaken
{
    [Front] public partial Quantizer Coarse { get; }
    [Front] public partial Shaker Shaker { get; }
    [Member] public partial LinearClassifier First { get; }
    [Member] public partial LinearClassifier Second { get; }
    [Member] public partial NoisyClassifier Noisy { get; }
}
