using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>The mean score of the defense over the images; it is to be above that of the twin.</summary>
sealed class HighScores : IStrength
{
    public static string Name => "high scores";

    public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

    /// <summary>How often it was measured by this thread.</summary>
    [field: ThreadStatic]
    public static int Measured { get; set; }

    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        Measured++;
        var (own, other) = (Mean(defense, images), Mean(twin, images));
        return new ClaimMeasurement("mean score", own, other, own > other) { Required = other };
    }

    static double Mean(Module<Tensor, Tensor> module, LabeledImages images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return module.call(images.Images).select(1, 1).mean().item<float>();
    }
}

/// <summary>A strength whose measurement throws.</summary>
sealed class Unmeasurable : IStrength
{
    public static string Name => "what cannot be measured";

    public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
        throw new InvalidOperationException("There is no scale.\nIt was never made.");
}

/// <summary>A strength whose quantity is no number.</summary>
sealed class Undefined : IStrength
{
    public static string Name => "zero over zero";

    public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
        new("zero over zero", double.NaN, 0, Holds: true);
}

/// <summary>Decides by one pixel, and claims.</summary>
[Claims<HighScores>, Claims<Unmeasurable>, Claims<Undefined>]
sealed class ClaimingClassifier(int pixel, float scale = 1, float bias = 0) : LinearClassifier(
    bias, [.. Enumerable.Range(0, 4).Select(p => p == pixel ? scale : 0)]);
