using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>The largest radius at which something is proven of each image, by bisection.</summary>
/// <remarks>
/// What is returned has been proven at that very radius, so it is sound whether or not what is proven grows with the
/// ball.
/// </remarks>
static class RadiusSearch
{
    /// <summary>
    /// What float32 rounds an image by that an attack has put onto the surface of a ball; boxes are larger by it.
    /// </summary>
    const double Surface = 1.0 / (1 << 23);

    /// <summary>Radii, float64 [N], each 0 or proven; -1 where not even radius 0 is.</summary>
    /// <param name="count">N.</param>
    /// <param name="largest">The largest radius that is tried.</param>
    /// <param name="tolerance">How much larger a radius may be that is not tried.</param>
    /// <param name="proven">Whether it is proven of each image at a radius of its own, float64 [N] to bool [N].</param>
    public static Tensor Largest(long count, double largest, double tolerance, Func<Tensor, Tensor> proven)
    {
        using var scope = NewDisposeScope();
        var radii = zeros(count, dtype: ScalarType.Float64);
        var anything = proven(radii);
        var whole = full_like(radii, largest);
        var above = whole.clone();
        var (below, all) = (radii, proven(whole).logical_and(anything));
        for (var width = largest; width > tolerance; width /= 2)
        {
            var middle = (below + above) / 2;
            var holds = proven(middle);
            (below, above) = (where(holds, middle, below), where(holds, above, middle));
        }

        return where(all, whole, below).masked_fill(anything.logical_not(), -1.0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The box of images in [0, 1] within a radius of each in Linf, float64; at radius 0 the image itself.
    /// </summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="radii">Float64 [N].</param>
    public static (Tensor Lower, Tensor Upper) Box(Tensor images, Tensor radii)
    {
        var reach = where(radii.gt(0), radii + Surface, radii).view(-1, 1, 1, 1).to(images.device);
        var centers = images.to_type(ScalarType.Float64);
        return ((centers - reach).clamp(0, 1), (centers + reach).clamp(0, 1));
    }
}
