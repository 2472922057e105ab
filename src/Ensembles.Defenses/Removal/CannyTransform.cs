using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Thin edges (Canny 1986), in the place of the edges of the toy example of Smith (2019): of the blurred luma's
/// gradient by Sobel's filters, M = sqrt(Gx^2 + Gy^2) / sqrt(20) in [0, 1], a pixel stays where M is largest along the
/// gradient; it is an edge where M > high, or where M > low and edges lead to it.
/// </summary>
/// <remarks>
/// The direction is one of four, and of two equal neighbours the first stays. The surrogate is the soft step sigmoid((M
/// - m) / T) at every pixel, with m in the middle of low and high: it lets an attack raise what is not the largest yet.
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Canny 1986, Smith 2019",
    UnderAttack = "Falls to attacks through a smooth surrogate of its thresholds (BPDA).")]
[Claims<NonRobustFeatureRemoval>]
public sealed class CannyTransform : InputTransform, INonDifferentiable
{
    // The largest cos a Gx + sin a Gy over images in [0, 1]: the positive weights sum to 4 cos a + 2 sin a for a up to
    // an eighth of a turn, which is largest where tan a = 1 / 2.
    static readonly double largestMagnitude = Math.Sqrt(20);

    /// <summary>The tangent of a sixteenth of a turn, where one direction gives way to the next.</summary>
    static readonly double sixteenth = Math.Tan(Math.PI / 8);

    /// <summary>The neighbours before and after a pixel, (down, across), for each of the four directions.</summary>
    static readonly (int Down, int Across)[] ahead = [(0, 1), (1, 1), (1, 0), (1, -1)];

    /// <summary>Makes the transform.</summary>
    /// <param name="low">The magnitude above which a pixel continues an edge, in (0, high].</param>
    /// <param name="high">The magnitude above which a pixel is an edge for itself, in (0, 1).</param>
    /// <param name="sigma">The width of the blur in pixels, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">Numbers outside these.</exception>
    public CannyTransform(double low = 0.1, double high = 0.2, double sigma = 1) : base(nameof(CannyTransform))
    {
        if (high is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(high), high, "The high threshold is a share of the largest magnitude, in (0, 1).");
        if (!(low > 0 && low <= high))
            throw new ArgumentOutOfRangeException(nameof(low), low, "The low threshold lies in (0, high].");
        if (sigma is not (> 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The blur is 0 to 100 pixels wide.");
        (Low, High, Sigma) = (low, high, sigma);
    }

    /// <summary>The magnitude above which a pixel continues an edge.</summary>
    public double Low { get; }

    /// <summary>The magnitude above which a pixel is an edge for itself.</summary>
    public double High { get; }

    /// <summary>The width of the blur in pixels.</summary>
    public double Sigma { get; }

    /// <summary>T, the softness of the surrogate in units of magnitude.</summary>
    public double Temperature { get; set; } = 0.05;

    /// <summary>Edges [N, C, H, W] in {0, 1}, the same in every channel.</summary>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (x, y) = Gradient(images);
        var magnitude = Magnitude(x, y);
        var thin = where(IsLargest(magnitude, x, y), magnitude, zeros_like(magnitude));
        return InEveryChannel(Connected(thin.gt(High), thin.gt(Low)).to_type(images.dtype), images);
    }

    /// <summary>sigmoid((M - m) / T), with m in the middle of the thresholds.</summary>
    public Tensor surrogate(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (x, y) = Gradient(images);
        return InEveryChannel(((Magnitude(x, y) - ((Low + High) / 2)) / Temperature).sigmoid(), images);
    }

    /// <summary>Gx and Gy of the blurred luma, [N, 1, H, W].</summary>
    (Tensor X, Tensor Y) Gradient(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        var size = (2 * (int)Math.Ceiling(2 * Sigma)) + 1;
        var blurred = GaussianBlurTransform.Blurred(Sobel.Luma(images), Sigma, size);
        var gradient = Sobel.Filter(blurred, Sobel.Filters().to(images.dtype).to(images.device)) / largestMagnitude;
        return (gradient.narrow(1, 0, 1), gradient.narrow(1, 1, 1));
    }

    /// <summary>The root has no slope at 0, where a flat image would stop every attack.</summary>
    static Tensor Magnitude(Tensor x, Tensor y) => (x.square() + y.square() + 1e-12).sqrt();

    /// <summary>
    /// Whether no neighbour along the gradient is larger, and the first not as large; bool [N, 1, H, W].
    /// </summary>
    static Tensor IsLargest(Tensor magnitude, Tensor x, Tensor y)
    {
        var (height, width) = (magnitude.size(2), magnitude.size(3));
        var wider = functional.pad(magnitude, [1, 1, 1, 1]);
        var (level, steep) = (y.abs().le(sixteenth * x.abs()), x.abs().lt(sixteenth * y.abs()));
        var falling = (x * y).gt(0);
        Tensor[] directions =
        [
            level, level.logical_or(steep).logical_not().logical_and(falling), steep,
            level.logical_or(steep).logical_or(falling).logical_not(),
        ];
        var largest = zeros_like(level);
        for (var i = 0; i < directions.Length; i++)
        {
            var (down, across) = ahead[i];
            var peak = magnitude.gt(At(-down, -across)).logical_and(magnitude.ge(At(down, across)));
            largest = largest.logical_or(directions[i].logical_and(peak));
        }

        return largest;

        Tensor At(int down, int across) => wider.narrow(2, 1 + down, height).narrow(3, 1 + across, width);
    }

    /// <summary>What can be reached from the strong pixels through weak ones, of which strong ones are some.</summary>
    static Tensor Connected(Tensor strong, Tensor weak)
    {
        var reached = strong.to_type(ScalarType.Float32);
        var passable = weak.to_type(ScalarType.Float32);
        for (var found = -1L; ;)
        {
            using var inner = NewDisposeScope();
            var now = reached.sum().to_type(ScalarType.Int64).item<long>();
            if (now == found)
                return reached.gt(0).MoveToOuterDisposeScope();
            found = now;
            reached.copy_(functional.max_pool2d(reached, 3, stride: 1, padding: 1) * passable);
        }
    }

    static Tensor InEveryChannel(Tensor edges, Tensor images) =>
        edges.expand(-1, images.size(1), -1, -1).MoveToOuterDisposeScope();
}
