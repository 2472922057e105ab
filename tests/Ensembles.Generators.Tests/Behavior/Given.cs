using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>Ensembles and images that depend on nothing but a seed.</summary>
static class Given
{
    public static Five Five(int seed = 1)
    {
        manual_seed(seed);
        var five = new Five(
            new BrightnessDetector(), new LinearClassifier(), new LinearClassifier(), new ContrastDetector(),
            new NoisyClassifier());
        five.eval();
        return five;
    }

    public static Trio Trio(int seed = 1)
    {
        manual_seed(seed);
        var trio = new Trio(new LinearClassifier(), new LinearClassifier(), new RoundingClassifier());
        trio.eval();
        return trio;
    }

    public static Guarded Guarded(int seed = 1)
    {
        manual_seed(seed);
        var guarded = new Guarded(new BrightnessDetector(), new LinearClassifier());
        guarded.eval();
        return guarded;
    }

    public static Screened Screened(int seed = 1)
    {
        manual_seed(seed);
        var screened = new Screened(
            new LinearClassifier(), new Quantizer(), new BrightnessDetector(), new BrightnessDetector(),
            new LinearClassifier());
        screened.eval();
        screened.CalibrateGates(Images(100, seed: 5));
        return screened;
    }

    public static Shaken Shaken(int seed = 1)
    {
        manual_seed(seed);
        var shaken = new Shaken(
            new Quantizer(), new Shaker(), new LinearClassifier(), new LinearClassifier(), new NoisyClassifier());
        shaken.eval();
        return shaken;
    }

    public static Tensor Images(int count, int seed = 2)
    {
        manual_seed(seed);
        return rand(count, 1, 4, 4);
    }
}
