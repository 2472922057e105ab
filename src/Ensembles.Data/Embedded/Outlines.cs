namespace Ensembles.Data;

/// <summary>The ten shapes as strokes, y downwards, in about the unit circle.</summary>
static class Outlines
{
    public static readonly string[] Names =
        ["circle", "square", "triangle", "cross", "star", "arrow", "heart", "house", "hourglass", "zigzag"];

    /// <summary>For each class its strokes, each a polyline of at least two points.</summary>
    public static readonly (double X, double Y)[][][] Strokes =
    [
        [Closed(Ring(points: 20, innerRadius: 0.95))],
        [Closed((-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75))],
        [Closed((0, -0.95), (0.88, 0.65), (-0.88, 0.65))],
        [[(0, -0.95), (0, 0.95)], [(-0.95, 0), (0.95, 0)]],
        [Closed(Ring(points: 10, innerRadius: 0.42))],
        [[(0, 0.95), (0, -0.95)], [(-0.6, -0.3), (0, -0.95), (0.6, -0.3)]],
        [
            Closed(
                (0, 0.9), (-0.8, 0.05), (-0.85, -0.4), (-0.6, -0.75), (-0.25, -0.75), (0, -0.4), (0.25, -0.75),
                (0.6, -0.75), (0.85, -0.4), (0.8, 0.05)),
        ],
        [Closed((0, -0.95), (0.75, -0.2), (0.75, 0.8), (-0.75, 0.8), (-0.75, -0.2))],
        [Closed((-0.7, -0.85), (0.7, -0.85), (-0.7, 0.85), (0.7, 0.85))],
        [[(-0.6, -0.9), (0.6, -0.45), (-0.6, 0), (0.6, 0.45), (-0.6, 0.9)]],
    ];

    static (double, double)[] Closed(params (double, double)[] points) => [.. points, points[0]];

    /// <summary>Points around the origin, first one on top, every second at the inner radius.</summary>
    static (double, double)[] Ring(int points, double innerRadius) =>
    [
        .. Enumerable.Range(0, points).Select(i =>
        {
            var (sine, cosine) = Math.SinCos(2 * Math.PI * i / points);
            var radius = i % 2 == 0 ? 0.95 : innerRadius;
            return (radius * sine, -radius * cosine);
        }),
    ];
}
