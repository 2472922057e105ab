using static TorchSharp.torch;

namespace Ensembles;

/// <summary>A classifier that proves, image by image, how far an image can change before its label may.</summary>
public interface ICertified
{
    /// <summary>Labels, or abstention, and what is proven of them, of images [N, C, H, W] in [0, 1].</summary>
    Certificate Certify(Tensor images);
}
