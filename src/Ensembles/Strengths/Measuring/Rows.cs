using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Tensors seen as rows, one for each image.</summary>
static class Rows
{
    /// <summary>Euclidean lengths |t_i|_2, [N], of the rows of [N, ...].</summary>
    public static Tensor Lengths(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.flatten(1).square().sum([1]).sqrt().MoveToOuterDisposeScope();
    }
}
