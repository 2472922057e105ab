using TorchSharp;

namespace Ensembles;

/// <summary>Counts tensors for tests of what is left behind.</summary>
static class LiveTensors
{
    /// <summary>
    /// The tensors there are, once those that earlier tests left to the garbage collector are gone: their finalizers
    /// run at any time, and a count taken before they do falls by itself.
    /// </summary>
    public static long Count()
    {
        for (var generation = 0; generation < 3; generation++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return torch.Tensor.TotalCount;
    }
}
