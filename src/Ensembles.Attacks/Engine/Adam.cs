using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The steps of Adam (Kingma and Ba 2014), -rate m / (sqrt(v) + 1e-8), m and v being the running means of the gradient
/// and of its square, without the bias of their start at 0. Every image has its own.
/// </summary>
/// <param name="active">The images.</param>
sealed class Adam(ActiveSet active) : IDisposable
{
    const double MeanDecay = 0.9;
    const double SquareDecay = 0.999;

    readonly PerImage mean = active.RememberZeros();
    readonly PerImage square = active.RememberZeros();
    int steps;

    /// <summary>The step that lowers a function with this gradient, [A, C, H, W].</summary>
    public Tensor Step(Tensor gradient, double rate)
    {
        using var scope = NewDisposeScope();
        steps++;
        mean.Set(MeanDecay * mean.Value + (1 - MeanDecay) * gradient);
        square.Set(SquareDecay * square.Value + (1 - SquareDecay) * gradient.square());
        var direction = mean.Value / (1 - Math.Pow(MeanDecay, steps));
        var size = (square.Value / (1 - Math.Pow(SquareDecay, steps))).sqrt() + 1e-8;
        return (-rate * direction / size).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mean.Dispose();
        square.Dispose();
    }
}
