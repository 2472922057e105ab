namespace Ensembles.Training;

/// <summary>How images come into a residual network.</summary>
public enum ResNetStem
{
    /// <summary>A convolution 3x3 at full size, for images of 28 or 32 pixels, as pytorch-cifar has it.</summary>
    Small,

    /// <summary>
    /// A convolution 7x7 with stride 2, then maxima 3x3 with stride 2, for larger images, as torchvision has it.
    /// </summary>
    Large,
}
