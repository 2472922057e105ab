using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>The brightness of images and its gradient by Sobel's filters.</summary>
static class Sobel
{
    /// <summary>Sx and Sy, [2, 1, 3, 3]; each sums to 8 in size.</summary>
    public static Tensor Filters()
    {
        using var scope = NewDisposeScope();
        var horizontal = tensor(new float[,] { { -1, 0, 1 }, { -2, 0, 2 }, { -1, 0, 1 } });
        return stack([horizontal, horizontal.t()]).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Brightness [N, 1, H, W]: Rec. 601 weights for three channels, else their mean.</summary>
    public static Tensor Luma(Tensor images) => images.size(1) switch
    {
        1 => images,
        3 => images.narrow(1, 0, 1).mul(Constant.Of(0.299)) + images.narrow(1, 1, 1).mul(Constant.Of(0.587))
            + images.narrow(1, 2, 1).mul(Constant.Of(0.114)),
        _ => images.mean([1], keepdim: true),
    };

    /// <summary>Correlation with 3x3 filters; pixels outside the image repeat the border.</summary>
    public static Tensor Filter(Tensor luma, Tensor filters) =>
        functional.conv2d(functional.pad(luma, [1, 1, 1, 1], PaddingModes.Replicate), filters);
}
