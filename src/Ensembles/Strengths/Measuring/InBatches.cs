using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Computes row by row in batches, so that memory does not grow with the number of images.</summary>
static class InBatches
{
    const int BatchSize = 128;

    /// <summary>A module's output on all images, without gradients.</summary>
    public static Tensor Output(Module<Tensor, Tensor> module, Tensor images)
    {
        using var noGrad = no_grad();
        return Map(images, module.call);
    }

    /// <summary>Rows f(images), concatenated.</summary>
    public static Tensor Map(Tensor images, Func<Tensor, Tensor> f) => Map(images, images, (x, _) => f(x));

    /// <summary>Rows f(a, b), concatenated.</summary>
    public static Tensor Map(Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> f)
    {
        using var scope = NewDisposeScope();
        var rows = new List<Tensor>();
        for (long start = 0; start < a.size(0); start += BatchSize)
        {
            using var batch = NewDisposeScope();
            var count = Math.Min(BatchSize, a.size(0) - start);
            rows.Add(f(a.narrow(0, start, count), b.narrow(0, start, count)).detach().MoveToOuterDisposeScope());
        }
        return cat(rows).MoveToOuterDisposeScope();
    }
}
