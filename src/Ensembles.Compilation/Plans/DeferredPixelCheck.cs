using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The check that images on a GPU lie in [0, 1]. It is put in the GPU's queue before the batch and read behind it, when
/// there is nothing left to put there, so that the host does not wait in between and no decision on other images gets
/// out.
/// </summary>
sealed class DeferredPixelCheck
{
    readonly Tensor images;
    readonly Tensor lowest;
    readonly Tensor highest;

    /// <summary>Begins. The tensors made here belong to the dispose scope around it.</summary>
    /// <param name="images">Float32 [N, C, H, W], at least one.</param>
    public DeferredPixelCheck(Tensor images)
    {
        this.images = images;
        (lowest, highest) = images.aminmax();
    }

    /// <summary>Waits for the device.</summary>
    /// <exception cref="ArgumentException">A value outside [0, 1] or not a number.</exception>
    public void ThrowIfNotImages()
    {
        using var range = stack([lowest, highest]).cpu();
        // Written so that NaN fails.
        if (!(range[0].item<float>() >= 0 && range[1].item<float>() <= 1))
            ImageChecks.ThrowIfNotImages(images);
    }
}
