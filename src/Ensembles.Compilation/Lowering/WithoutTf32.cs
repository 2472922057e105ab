using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Convolutions on CUDA in full float32 until disposal: by default they round their inputs to TF32, ten bits of
/// mantissa, which hides small errors behind large ones. The setting is the process's.
/// </summary>
sealed class WithoutTf32 : IDisposable
{
    readonly bool before = backends.cudnn.allow_tf32;

    public WithoutTf32() => backends.cudnn.allow_tf32 = false;

    public void Dispose() => backends.cudnn.allow_tf32 = before;
}
