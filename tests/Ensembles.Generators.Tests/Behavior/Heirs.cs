// Declared to be wired, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0003, ENS0008, ENS0011, ENS0102

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>
/// Takes over two members, two gates and a front, adds another of each and an own module, and votes otherwise.
/// </summary>
[Ensemble<WeightedMean>]
public partial class Wide : Screened
{
    readonly Module<Tensor, Tensor> own = Linear(1, 1);

    [Member(Weight = 2)] public partial RoundingClassifier Rounded { get; }
    [Gate(FalsePositiveRate = 0.2)] public partial BrightnessDetector Late { get; }
    [Front] public partial Quantizer Finer { get; }
}

/// <summary>The same components at one level.</summary>
[Ensemble<WeightedMean>]
public partial class WideAtOnce
{
    [Member] public partial LinearClassifier First { get; }
    [Front] public partial Quantizer Coarse { get; }
    [Gate(FalsePositiveRate = 0.1)] public partial BrightnessDetector Bright { get; }
    [Gate(FalsePositiveRate = 0.1, BehindFronts = true)] public partial BrightnessDetector Behind { get; }
    [Member] public partial LinearClassifier Second { get; }
    [Member(Weight = 2)] public partial RoundingClassifier Rounded { get; }
    [Gate(FalsePositiveRate = 0.2)] public partial BrightnessDetector Late { get; }
    [Front] public partial Quantizer Finer { get; }
}

/// <summary>Derives from what derives, and has an ensemble among what it adds.</summary>
[Ensemble<MajorityVote>]
internal sealed partial class Widest : Wide
{
    [Member] internal partial Pair Inner { get; }
}

/// <summary>Another vote of the same members, and nothing else.</summary>
[Ensemble<MaxMin>]
public partial class Otherwise : Screened;

/// <summary>The same of one without gates.</summary>
[Ensemble<MeanLogit>]
public partial class Heir : Trio;

/// <summary>What others derive from and nobody makes.</summary>
[Ensemble<MeanLogit>]
public abstract partial class Rump<TMember> where TMember : Classifier
{
    [Member] protected partial LinearClassifier Base { get; }

    public abstract string Word { get; }
}

/// <summary>Derives from a generic and abstract one.</summary>
[Ensemble<MeanLogit>]
public partial class Whole : Rump<RoundingClassifier>
{
    [Member] public partial RoundingClassifier Added { get; }

    public override string Word => "whole";
}

/// <summary>Makes them.</summary>
static class Heirs
{
    public static Wide Wide(int seed = 1)
    {
        manual_seed(seed);
        var wide = Uncalibrated();
        wide.eval();
        wide.CalibrateGates(Given.Images(100, seed: 5));
        return wide;
    }

    public static Wide Uncalibrated() => new(
        new LinearClassifier(), new Quantizer(), new BrightnessDetector(), new BrightnessDetector(),
        new LinearClassifier(), new RoundingClassifier(), new BrightnessDetector(), new Quantizer());

    public static Heir Heir()
    {
        manual_seed(1);
        var heir = new Heir(new LinearClassifier(), new LinearClassifier(), new RoundingClassifier());
        heir.eval();
        return heir;
    }

    /// <summary>An ensemble at one level that shares the components.</summary>
    public static WideAtOnce AtOnce(Wide wide)
    {
        var same = new WideAtOnce(
            wide.First, wide.Coarse, wide.Bright, wide.Behind, wide.Second, wide.Rounded, wide.Late, wide.Finer);
        same.eval();
        same.CalibrateGates(Given.Images(100, seed: 5));
        return same;
    }

    public static Widest Widest(int seed = 1)
    {
        manual_seed(seed);
        var widest = new Widest(
            new LinearClassifier(), new Quantizer(), new BrightnessDetector(), new BrightnessDetector(),
            new LinearClassifier(), new RoundingClassifier(), new BrightnessDetector(), new Quantizer(),
            Nests.Pair());
        widest.eval();
        widest.CalibrateGates(Given.Images(100, seed: 5));
        return widest;
    }
}
