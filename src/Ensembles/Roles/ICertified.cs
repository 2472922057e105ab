using static TorchSharp.torch;

namespace Ensembles;

/// <summary>A classifier that proves, image by image, how far an image can change before its label may.</summary>
public interface ICertified
{
    /// <summary>
    /// Radii, float32 [N], of images [N, C, H, W]: no change below the radius, in the norm of the certificate (L2 or
    /// Linf), changes the classifier's label. 0 where nothing is proven.
    /// </summary>
    Tensor certifiedRadius(Tensor images);
}
