// Declared to be wired, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0003, ENS0008, ENS0011, ENS0102

using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>An ensemble behind a gate, to be a member of others.</summary>
[Ensemble<MeanProbability>]
public partial class Pair
{
    [Gate(FalsePositiveRate = 0.3)] public partial BrightnessDetector Bright { get; }
    [Member] public partial LinearClassifier Left { get; }
    [Member] public partial RoundingClassifier Right { get; }
}

/// <summary>A member, an ensemble and a gate.</summary>
[Ensemble<WeightedMean>]
public partial class Nest
{
    [Member(Weight = 1)] public partial LinearClassifier Alone { get; }
    [Gate(FalsePositiveRate = 0.1)] public partial BrightnessDetector Bright { get; }
    [Member(Weight = 3)] public partial Pair Inner { get; }
    [Member(Weight = 2)] public partial LinearClassifier Last { get; }
}

/// <summary>Ensembles in ensembles, with fronts at two levels and two of one class.</summary>
[Ensemble<MajorityVote>]
public partial class Deep
{
    [Front] public partial Quantizer Coarse { get; }
    [Member] public partial Screened First { get; }
    [Member] public partial Nest Second { get; }
    [Member] public partial Screened Third { get; }
}

/// <summary>All that is random, inside.</summary>
[Ensemble<MeanProbability>]
public partial class ShakenNest
{
    [Member] public partial Shaken Inner { get; }
    [Member] public partial LinearClassifier Last { get; }
}

/// <summary>What <see cref="Nest"/> is with all its classifiers at one level.</summary>
[Ensemble<MeanLogit>]
public partial class Leveled
{
    [Member] public partial LinearClassifier First { get; }
    [Member] public partial LinearClassifier Second { get; }
    [Member] public partial LinearClassifier Third { get; }
}

/// <summary>The same classifiers, two of them in an ensemble that is worth two.</summary>
[Ensemble<MeanLogit>]
public partial class LeveledPair
{
    [Member] public partial LinearClassifier First { get; }
    [Member] public partial LinearClassifier Second { get; }
}

/// <summary>Makes them.</summary>
static class Nests
{
    public static Pair Pair() => new(new BrightnessDetector(), new LinearClassifier(), new RoundingClassifier());

    public static Nest Nest(int seed = 1)
    {
        manual_seed(seed);
        var nest = UncalibratedNest();
        nest.eval();
        nest.CalibrateGates(Given.Images(100, seed: 5));
        return nest;
    }

    public static Deep Deep(int seed = 1)
    {
        manual_seed(seed);
        var deep = new Deep(new Quantizer(), Screened(), UncalibratedNest(), Screened());
        deep.eval();
        deep.CalibrateGates(Given.Images(100, seed: 5));
        return deep;
    }

    public static ShakenNest Shaken(int seed = 1)
    {
        manual_seed(seed);
        var shaken = new ShakenNest(
            new Shaken(
                new Quantizer(), new Shaker(), new LinearClassifier(), new LinearClassifier(), new NoisyClassifier()),
            new LinearClassifier());
        shaken.eval();
        return shaken;
    }

    static Nest UncalibratedNest() =>
        new(new LinearClassifier(), new BrightnessDetector(), Pair(), new LinearClassifier());

    static Screened Screened() => new(
        new LinearClassifier(), new Quantizer(), new BrightnessDetector(), new BrightnessDetector(),
        new LinearClassifier());
}
