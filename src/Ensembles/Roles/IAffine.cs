using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A module whose <c>forward</c>, in evaluation mode, is scale x + shift and nothing else, for each channel of images
/// or for everything alike. A compiled plan may then put it into the layer before it.
/// </summary>
public interface IAffine
{
    /// <summary>Float32 [C] for images [N, C, H, W], or [1] for anything; null for 1.</summary>
    Tensor? Scale { get; }

    /// <summary>Float32 [C] for images [N, C, H, W], or [1] for anything.</summary>
    Tensor Shift { get; }
}
