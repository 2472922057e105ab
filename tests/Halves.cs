using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests;

/// <summary>
/// Two classes told apart by the brightness of either half of a 4x4 image: left and right lie at 0.5 + s a, where s is
/// -1 for class 0 and 1 for class 1 and a is evenly spread over [0.05, 0.25], in an order of its own for each half. The
/// classes alternate.
/// </summary>
static class Halves
{
    public const int Count = 200;

    public static LabeledImages Images()
    {
        using var scope = NewDisposeScope();
        var labels = arange(Count).remainder(2);
        var amplitudes = linspace(0.05, 0.25, Count);
        // 77 has no common factor with 200, so this is another order of the same amplitudes.
        var left = 0.5 + (labels * 2 - 1) * amplitudes;
        var right = 0.5 + (labels * 2 - 1) * amplitudes[arange(Count).mul(77).remainder(Count)];
        var images = cat([left.view(-1, 1, 1, 1).expand(-1, 1, 4, 2), right.view(-1, 1, 1, 1).expand(-1, 1, 4, 2)], 3);
        return new LabeledImages(images.contiguous().to_type(ScalarType.Float32), labels, 2);
    }
}

/// <summary>
/// A linear classifier of the mean brightness b of some columns: z = scale (0.5 - b, b - 0.5). Its margin is 2 scale a.
/// </summary>
sealed class Brightness(int firstColumn, int columns, double scale = 10) : Classifier
{
    public static Brightness Left => (Brightness)new Brightness(0, 2).Evaluating();
    public static Brightness Right => (Brightness)new Brightness(2, 2).Evaluating();

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var b = images.narrow(3, firstColumn, columns).mean([1, 2, 3]) - 0.5;
        return (stack([b.neg(), b], 1) * scale).MoveToOuterDisposeScope();
    }
}

/// <summary>A classifier written as a function of the images.</summary>
sealed class Function(Func<Tensor, Tensor> function) : Classifier
{
    public override Tensor forward(Tensor images) => function(images);
}

/// <summary>A transform written as a function of the images.</summary>
sealed class Transform(Func<Tensor, Tensor> function) : InputTransform
{
    public override Tensor forward(Tensor images) => function(images);
}

/// <summary>A detector written as a function of the images.</summary>
sealed class Score(Func<Tensor, Tensor> function) : Detector
{
    public override Tensor forward(Tensor images) => function(images);
}

static class ModuleExtensions
{
    public static T Evaluating<T>(this T module) where T : Module
    {
        module.eval();
        return module;
    }
}
