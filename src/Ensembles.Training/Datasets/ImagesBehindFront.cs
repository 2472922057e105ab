using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// What a front makes of images, computed when it is asked for: clamped to [0, 1], where images lie. Disposing of it
/// leaves both as they are.
/// </summary>
/// <param name="whole">The images.</param>
/// <param name="front">The front.</param>
sealed class ImagesBehindFront(ILabeledImages whole, InputTransform front) : ILabeledImages
{
    /// <summary>The images before the front.</summary>
    public ILabeledImages Whole => whole;

    /// <summary>The front.</summary>
    public InputTransform Front => front;

    /// <inheritdoc/>
    public int Count => whole.Count;

    /// <inheritdoc/>
    public int ClassCount => whole.ClassCount;

    /// <inheritdoc/>
    public Tensor Labels => whole.Labels;

    /// <inheritdoc/>
    public LabeledImages Select(ReadOnlySpan<long> indices)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var mode = ModuleMode.Keep(front);
        front.eval();
        using var shown = whole.Select(indices);
        return new LabeledImages(front.call(shown.Images).clamp(0, 1), shown.Labels.clone(), ClassCount);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
