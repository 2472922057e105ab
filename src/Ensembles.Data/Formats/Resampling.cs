namespace Ensembles.Data;

/// <summary>
/// Scales images with a triangle as wide as a pixel of the smaller side: linear interpolation where they grow, and the
/// weighted mean of all pixels below it where they shrink, as PIL, torchvision and antialiased interpolation have it.
/// </summary>
static class Resampling
{
    /// <summary>
    /// A window of a scaled image, [channels, rows, columns] from the whole [channels, height, width].
    /// </summary>
    /// <param name="pixels">The whole image.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="size">Its height and width.</param>
    /// <param name="scaled">Height and width that it is scaled to.</param>
    /// <param name="corner">The first row and column of the window.</param>
    /// <param name="window">The window's rows and columns.</param>
    /// <param name="target">Receives it, rounded to whole numbers.</param>
    public static void Scale(
        ReadOnlySpan<byte> pixels,
        int channels,
        (int Height, int Width) size,
        (long Height, long Width) scaled,
        (long Row, long Column) corner,
        (int Rows, int Columns) window,
        Span<byte> target)
    {
        var rows = Weights(size.Height, scaled.Height, corner.Row, window.Rows);
        var columns = Weights(size.Width, scaled.Width, corner.Column, window.Columns);
        var narrow = new float[size.Height * window.Columns];
        for (var c = 0; c < channels; c++)
        {
            var plane = pixels.Slice(c * size.Height * size.Width, size.Height * size.Width);
            for (var y = 0; y < size.Height; y++)
            {
                for (var x = 0; x < window.Columns; x++)
                {
                    var (first, weights) = columns[x];
                    var sum = 0f;
                    for (var k = 0; k < weights.Length; k++)
                        sum += weights[k] * plane[(y * size.Width) + first + k];
                    narrow[(y * window.Columns) + x] = sum;
                }
            }

            for (var y = 0; y < window.Rows; y++)
            {
                var (first, weights) = rows[y];
                for (var x = 0; x < window.Columns; x++)
                {
                    var sum = 0f;
                    for (var k = 0; k < weights.Length; k++)
                        sum += weights[k] * narrow[((first + k) * window.Columns) + x];
                    target[(((c * window.Rows) + y) * window.Columns) + x] = (byte)Math.Clamp(MathF.Round(sum), 0, 255);
                }
            }
        }
    }

    /// <summary>
    /// For each of the scaled pixels from <paramref name="start"/> on: the first pixel below its triangle, and the
    /// weights of this one and the next, which sum to 1.
    /// </summary>
    static (int First, float[] Weights)[] Weights(int size, long scaled, long start, int count)
    {
        var step = (double)size / scaled;
        var reach = Math.Max(step, 1);
        var weights = new (int, float[])[count];
        for (var i = 0; i < count; i++)
        {
            // In units of pixels, whose centers lie at a half.
            var center = (start + i + 0.5) * step;
            var first = Math.Max(0, (int)(center - reach + 0.5));
            var end = Math.Min(size, (int)(center + reach + 0.5));
            var heights = Enumerable.Range(first, end - first)
                .Select(pixel => Math.Max(0, 1 - (Math.Abs(pixel + 0.5 - center) / reach)))
                .ToArray();
            var sum = heights.Sum();
            weights[i] = (first, Array.ConvertAll(heights, height => (float)(height / sum)));
        }

        return weights;
    }
}
