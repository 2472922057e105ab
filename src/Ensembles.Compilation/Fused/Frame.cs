namespace Ensembles;

/// <summary>
/// How one image lies in an array between two steps: row by row, a pixel's channels beside each other, zeros around it
/// for the convolution that reads it.
/// </summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Border">Pixels of zeros on each side.</param>
/// <param name="Pitch">Values from one pixel to the next: C, or more, so that whole vectors can be written.</param>
readonly record struct Frame(int Channels, int Height, int Width, int Border, int Pitch)
{
    /// <summary>Values in the array.</summary>
    public long Size => (long)(Height + (2 * Border)) * (Width + (2 * Border)) * Pitch;

    /// <summary>
    /// Where a pixel's first channel lies; rows and columns of the border are negative, or beyond the image.
    /// </summary>
    public int Offset(int row, int column) => (((row + Border) * (Width + (2 * Border))) + column + Border) * Pitch;

    /// <summary>
    /// The place of each pixel, row by row, every <paramref name="stride"/>-th one from <paramref name="first"/> on, in
    /// blocks of seven: the last one is repeated.
    /// </summary>
    public int[] Offsets(int rows, int columns, (int Row, int Column) first, (int Row, int Column) stride)
    {
        var count = rows * columns;
        const int AtOnce = ConvolutionKernel.Pixels;
        var offsets = new int[(count + AtOnce - 1) / AtOnce * AtOnce];
        for (var i = 0; i < offsets.Length; i++)
        {
            var pixel = Math.Min(i, count - 1);
            offsets[i] = Offset(
                first.Row + (pixel / columns * stride.Row), first.Column + (pixel % columns * stride.Column));
        }

        return offsets;
    }

    /// <summary>The places of a window's pixels as seen from its first.</summary>
    public int[] Window(int rows, int columns, (int Row, int Column) dilation)
    {
        var frame = this;
        return
        [
            .. Enumerable.Range(0, rows * columns).Select(
                i => frame.Offset(i / columns * dilation.Row, i % columns * dilation.Column) - frame.Offset(0, 0)),
        ];
    }

    /// <summary>Makes the border zero.</summary>
    public void ClearBorder(float[] values)
    {
        if (Border == 0)
            return;
        var first = Offset(0, 0);
        values.AsSpan(0, first).Clear();
        for (var row = 0; row < Height; row++)
        {
            var end = Offset(row, Width);
            var next = row + 1 < Height ? Offset(row + 1, 0) : values.Length;
            values.AsSpan(end, next - end).Clear();
        }
    }

    /// <summary>Copies an image [H, W, C] into the frame; the border stays as it is.</summary>
    public void Fill(ReadOnlySpan<float> image, float[] values)
    {
        for (var row = 0; row < Height; row++)
        {
            if (Pitch == Channels)
            {
                image.Slice(row * Width * Channels, Width * Channels).CopyTo(values.AsSpan(Offset(row, 0)));
                continue;
            }

            for (var column = 0; column < Width; column++)
                image.Slice(((row * Width) + column) * Channels, Channels).CopyTo(values.AsSpan(Offset(row, column)));
        }
    }

    /// <summary>Copies the frame into an image [H, W, C].</summary>
    public void Empty(float[] values, Span<float> image)
    {
        for (var row = 0; row < Height; row++)
        {
            if (Pitch == Channels)
            {
                values.AsSpan(Offset(row, 0), Width * Channels).CopyTo(image[(row * Width * Channels)..]);
                continue;
            }

            for (var column = 0; column < Width; column++)
                values.AsSpan(Offset(row, column), Channels).CopyTo(image[(((row * Width) + column) * Channels)..]);
        }
    }
}
