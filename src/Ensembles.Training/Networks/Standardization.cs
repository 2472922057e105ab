using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// (x - mean) / deviation for each channel: what stands before many networks whose weights come from elsewhere, and
/// what some of them keep as <c>mu</c> and <c>sigma</c>. Behind it attacks still see images in [0, 1].
/// </summary>
public sealed class Standardization : InputTransform, IAffine
{
    /// <summary>Creates the transform.</summary>
    /// <param name="mean">The mean of each channel, [C].</param>
    /// <param name="deviation">The standard deviation of each channel, [C], positive.</param>
    /// <exception cref="ArgumentException">No channels, or other numbers than those, or none that fit.</exception>
    public Standardization(IReadOnlyList<double> mean, IReadOnlyList<double> deviation) : base(nameof(Standardization))
    {
        if (mean.Count == 0 || mean.Count != deviation.Count)
            throw new ArgumentException($"There are {mean.Count} means and {deviation.Count} deviations.");
        if (!mean.All(double.IsFinite) || !deviation.All(d => double.IsFinite(d) && d > 0))
            throw new ArgumentException("Means are finite, and deviations finite and positive.");

        float[] scales = [.. deviation.Select(d => (float)(1 / d))];
        float[] shifts = [.. mean.Zip(deviation, (m, d) => (float)(-m / d))];
        register_buffer("scale", tensor(scales).DetachFromDisposeScope());
        register_buffer("shift", tensor(shifts).DetachFromDisposeScope());
    }

    /// <summary>The mean and the deviation of ImageNet's images, as torchvision's networks expect them.</summary>
    public static Standardization OfImageNet() => new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <inheritdoc/>
    public Tensor Scale => get_buffer("scale")!;

    /// <inheritdoc/>
    public Tensor Shift => get_buffer("shift")!;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        using var factors = Scale.view(-1, 1, 1);
        using var added = Shift.view(-1, 1, 1);
        return addcmul(added, images, factors, Constant.Of(1));
    }
}
