namespace Ensembles.Graphs;

/// <summary>How a window moves over the rows and columns of images [N, C, H, W].</summary>
/// <param name="Height">Its height.</param>
/// <param name="Width">Its width.</param>
public sealed record Window(long Height, long Width)
{
    /// <summary>Steps down and to the right.</summary>
    public (long Down, long Right) Strides { get; init; } = (1, 1);

    /// <summary>Rows and columns that are added around the image.</summary>
    public Padding Padding { get; init; } = new(0, 0, 0, 0);

    /// <summary>How far the window's elements lie apart.</summary>
    public (long Down, long Right) Dilations { get; init; } = (1, 1);

    /// <summary>Whether the last window may reach over the edge.</summary>
    public bool Ceiling { get; init; }

    /// <summary>Its attributes in ONNX.</summary>
    internal IEnumerable<(string, object)> Attributes(bool dilations = true)
    {
        yield return ("kernel_shape", new[] { Height, Width });
        yield return ("strides", new[] { Strides.Down, Strides.Right });
        yield return ("pads", new[] { Padding.Top, Padding.Left, Padding.Bottom, Padding.Right });
        if (dilations)
            yield return ("dilations", new[] { Dilations.Down, Dilations.Right });
    }

    /// <summary>The shape [N, C, H', W'] of what comes of images [N, C, H, W] with so many channels.</summary>
    internal Shape Over(Shape images, long channels) => new(
        images[0],
        channels,
        Size(images[2].Number("The height"), Height, Strides.Down, Dilations.Down, Padding.Top, Padding.Bottom),
        Size(images[3].Number("The width"), Width, Strides.Right, Dilations.Right, Padding.Left, Padding.Right));

    long Size(long size, long window, long stride, long dilation, long before, long after)
    {
        if (window < 1 || stride < 1 || dilation < 1 || before < 0 || after < 0)
            throw new GraphException(
                $"A window of {window} with stride {stride}, dilation {dilation} and padding {before} and {after}: "
                    + "windows, strides and dilations are at least 1, padding is at least 0.");
        const long Most = 1L << 20;
        if (size > Most || window > Most || stride > Most || dilation > Most || before > Most || after > Most)
            throw new GraphException($"A window over {size} pixels that is larger than any image.");
        var room = size + before + after - (dilation * (window - 1)) - 1;
        if (room < 0)
            throw new GraphException(
                $"A window of {window} with dilation {dilation} does not fit into {size} + {before} + {after}.");
        if (!Ceiling)
            return (room / stride) + 1;
        // A window that would start behind the image does not count.
        var windows = ((room + stride - 1) / stride) + 1;
        return (windows - 1) * stride >= size + before ? windows - 1 : windows;
    }
}

/// <summary>Rows and columns around an image.</summary>
/// <param name="Top">Above it.</param>
/// <param name="Left">On its left.</param>
/// <param name="Bottom">Below it.</param>
/// <param name="Right">On its right.</param>
public readonly record struct Padding(long Top, long Left, long Bottom, long Right)
{
    /// <summary>Whether opposite sides are alike, as torch's own padding is.</summary>
    public bool IsSymmetric => Top == Bottom && Left == Right;

    /// <summary>Whether there is none.</summary>
    public bool IsNone => this == default;

    /// <summary>As <c>functional.pad</c> takes it.</summary>
    internal long[] ForTorch => [Left, Right, Top, Bottom];
}
