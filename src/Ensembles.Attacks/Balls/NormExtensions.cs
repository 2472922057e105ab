using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Sizes of perturbations.</summary>
public static class NormExtensions
{
    /// <summary>The size of each perturbation, float64 [N], computed in float64.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="images">Perturbed images [N, C, H, W].</param>
    /// <param name="clean">The clean images [N, C, H, W].</param>
    /// <exception cref="ArgumentOutOfRangeException">No such norm.</exception>
    public static Tensor Distances(this Norm norm, Tensor images, Tensor clean)
    {
        if (norm == Norm.Linf && images.dim() == 4 && HostMemory.Holds(images, clean))
            return LinfSteps.Distances(images, clean);
        using var scope = NewDisposeScope();
        var change = images.to_type(ScalarType.Float64) - clean.to_type(ScalarType.Float64);
        var pixels = change.flatten(1);
        var distances = norm switch
        {
            Norm.Linf => pixels.abs().amax([1]),
            Norm.L2 => pixels.square().sum(1).sqrt(),
            Norm.L1 => pixels.abs().sum(1),
            Norm.L0 => change.ne(0).any(1).flatten(1).sum(1).to_type(ScalarType.Float64),
            _ => throw new ArgumentOutOfRangeException(nameof(norm), norm, "The norm is Linf, L2, L1 or L0."),
        };
        return distances.MoveToOuterDisposeScope();
    }

    /// <summary>The largest distance between two images of so many pixel values in [0, 1].</summary>
    public static double Diameter(this Norm norm, long pixels) => norm switch
    {
        Norm.Linf => 1,
        Norm.L2 => Math.Sqrt(pixels),
        _ => pixels,
    };
}
