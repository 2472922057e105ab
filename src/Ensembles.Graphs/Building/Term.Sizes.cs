using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>Images in another size, under torch's names and with torch's meaning.</summary>
public sealed partial record Term
{
    /// <summary>Images [N, C, H, W] in another size, or larger by a factor.</summary>
    /// <exception cref="GraphException">Neither is given, or it is done in a way that ONNX does not have.</exception>
    public Term interpolate(
        long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest,
        bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
    {
        if (Shape.Count != 4)
            throw new GraphException($"It is given {Value.Type}, and not images [N, C, H, W].");
        if (antialias)
            throw new GraphException("It blurs what it makes smaller (antialias), which no graph does.");
        var (height, width) = (Shape[2].Number, Shape[3].Number);
        if ((size?.Length, scale_factor?.Length) is not ((1 or 2, null) or (null, 1 or 2)))
            throw new GraphException("It says neither one size or two, nor one factor or two.");
        var (rows, columns) = size is null
            ? ((long)(height * scale_factor![0]), (long)(width * scale_factor[^1]))
            : (size[0], size[^1]);
        // Torch places pixels by the factor, where one is given and not computed anew from the sizes.
        var scales = scale_factor is null || recompute_scale_factor
            ? ((double)rows / height, (double)columns / width)
            : (scale_factor[0], scale_factor[^1]);
        var places = align_corners == true ? ResizePlaces.AlignCorners : ResizePlaces.HalfPixel;
        return Of(mode switch
        {
            InterpolationMode.Nearest => new Resize(rows, columns, scales, Places: ResizePlaces.Asymmetric)
            {
                Nearest = ResizeNearest.Floor,
            },
            InterpolationMode.NearestExact => new Resize(rows, columns, scales)
            {
                Nearest = ResizeNearest.RoundPreferCeil,
            },
            InterpolationMode.Bilinear => new Resize(rows, columns, scales, ResizeMode.Linear, places),
            InterpolationMode.Bicubic => new Resize(rows, columns, scales, ResizeMode.Cubic, places),
            _ => throw new GraphException($"Images are not interpolated by {mode} in a graph."),
        });
    }

    /// <summary>The largest values, so that one row and one column are left.</summary>
    /// <exception cref="GraphException">More are to be left, and the windows would be of unlike sizes.</exception>
    public Term adaptive_max_pool2d(Pair output_size)
    {
        if (output_size == new Pair(1, 1))
            return Of(new GlobalMaxPool());
        return max_pool2d(EqualWindows(output_size));
    }

    /// <summary>Channels [r r C] in squares of r by r pixels.</summary>
    public Term pixel_shuffle(long upscale_factor)
    {
        var r = upscale_factor;
        if (Shape.Count != 4 || r < 1 || Shape[1].Number % (r * r) != 0)
            throw new GraphException($"The channels of {Shape} are no squares of {r} by {r}.");
        var channels = Shape[1].Number / (r * r);
        return reshape(Shape[0], channels, r, r, Shape[2], Shape[3])
            .permute(0, 1, 4, 2, 5, 3)
            .reshape(Shape[0], channels, Shape[2].Number * r, Shape[3].Number * r);
    }

    /// <summary>The window that leaves so many rows and columns, each pixel in one.</summary>
    Pair EqualWindows(Pair left)
    {
        if (Shape.Count != 4)
            throw new GraphException($"It is given {Value.Type}, and not images [N, C, H, W].");
        var (height, width) = (Shape[2].Number, Shape[3].Number);
        return left.Rows >= 1 && left.Columns >= 1 && height % left.Rows == 0 && width % left.Columns == 0
            ? (height / left.Rows, width / left.Columns)
            : throw new GraphException(
                $"Pooling of {height} x {width} pixels to {left.Rows} x {left.Columns} has windows of unlike sizes, "
                    + "which ONNX does not have.");
    }
}
