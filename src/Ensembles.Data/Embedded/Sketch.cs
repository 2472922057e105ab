namespace Ensembles.Data;

/// <summary>Draws a shape under a random pose, with stray strokes around it.</summary>
static class Sketch
{
    /// <summary>The most that ink and background differ by: texture and noise still fit into [0, 1].</summary>
    public const double MostContrast = 0.8;

    const int Size = TextureShapes.Size;

    public static void Draw(
        TextureShapes settings, int label, SeededStream shape, SeededStream clutter, Span<double> values)
    {
        var pose = Pose.Random(ref shape, settings.MaxRotation);
        var width = shape.Uniform(1.4, 2.8);
        var contrast = shape.Uniform(settings.LeastContrast, MostContrast);
        var background = shape.Uniform(0.1, 0.9 - contrast);
        if (settings.Shapes)
        {
            foreach (var stroke in Outlines.Strokes[label])
            {
                for (var i = 1; i < stroke.Length; i++)
                    Cover(pose.Apply(stroke[i - 1]), pose.Apply(stroke[i]), width, values);
            }
        }

        Erase(RandomPoint(ref shape, pose, label), shape.Uniform(0, 2.5), values);
        for (var strays = clutter.Integer(settings.Clutter + 1); strays > 0; strays--)
        {
            var from = (X: clutter.Uniform(0, Size), Y: clutter.Uniform(0, Size));
            var to = (from.X + clutter.Uniform(-10, 10), from.Y + clutter.Uniform(-10, 10));
            Cover(from, to, width, values);
        }

        foreach (ref var value in values)
            value = background + contrast * value;
    }

    /// <summary>Raises pixels to the share that a round-ended stroke covers, by their distance to its edge.</summary>
    static void Cover((double X, double Y) from, (double X, double Y) to, double width, Span<double> coverage)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var squaredLength = Math.Max(dx * dx + dy * dy, 1e-12);
        var reach = width / 2 + 0.5;
        var (left, right) = Span(from.X, to.X, reach);
        var (top, bottom) = Span(from.Y, to.Y, reach);
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var (px, py) = (x + 0.5 - from.X, y + 0.5 - from.Y);
                var along = Math.Clamp((px * dx + py * dy) / squaredLength, 0, 1);
                var (ex, ey) = (px - along * dx, py - along * dy);
                var covered = Math.Clamp(reach - Math.Sqrt(ex * ex + ey * ey), 0, 1);
                ref var pixel = ref coverage[y * Size + x];
                pixel = Math.Max(pixel, covered);
            }
        }
    }

    /// <summary>Wears the strokes away within a radius around a point.</summary>
    static void Erase((double X, double Y) centre, double radius, Span<double> coverage)
    {
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var (ex, ey) = (x + 0.5 - centre.X, y + 0.5 - centre.Y);
                coverage[y * Size + x] *= Math.Clamp(Math.Sqrt(ex * ex + ey * ey) + 0.5 - radius, 0, 1);
            }
        }
    }

    static (double X, double Y) RandomPoint(ref SeededStream stream, Pose pose, int label)
    {
        var stroke = Outlines.Strokes[label][stream.Integer(Outlines.Strokes[label].Length)];
        var end = 1 + stream.Integer(stroke.Length - 1);
        var (a, b, share) = (stroke[end - 1], stroke[end], stream.Uniform());
        return pose.Apply((a.X + share * (b.X - a.X), a.Y + share * (b.Y - a.Y)));
    }

    static (int First, int Last) Span(double a, double b, double reach) =>
        (Math.Max((int)Math.Floor(Math.Min(a, b) - reach), 0),
            Math.Min((int)Math.Ceiling(Math.Max(a, b) + reach), Size - 1));
}
