using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Ensembles.Data.Tests;

/// <summary>An edge detector of the tests' own: gradient magnitude where a step of height 1 gives 1.</summary>
static class Sobel
{
    public static Tensor Magnitude(Tensor images)
    {
        using var scope = NewDisposeScope();
        var kernelX = tensor(new float[] { -1, 0, 1, -2, 0, 2, -1, 0, 1 }, [1, 1, 3, 3]) / 4;
        var padded = F.pad(images, [1, 1, 1, 1], TorchSharp.PaddingModes.Replicate);
        var (x, y) = (F.conv2d(padded, kernelX), F.conv2d(padded, kernelX.transpose(2, 3)));
        return (x.square() + y.square()).sqrt().MoveToOuterDisposeScope();
    }

    public static Tensor Edges(Tensor images)
    {
        using var magnitude = Magnitude(images);
        using var edges = magnitude.gt(0.2);
        return edges.to_type(ScalarType.Float32);
    }
}
