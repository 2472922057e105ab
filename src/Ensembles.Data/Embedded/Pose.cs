namespace Ensembles.Data;

/// <summary>Where and how a shape stands in the image: bent, stretched, turned and moved.</summary>
readonly record struct Pose(
    double Xx, double Xy, double Yx, double Yy, double CentreX, double CentreY, double BendX, double BendY)
{
    public static Pose Random(ref SeededStream stream, double maxRotation)
    {
        var (sine, cosine) = Math.SinCos(stream.Uniform(-maxRotation, maxRotation) * Math.PI / 180);
        var radius = stream.Uniform(9, 11.5);
        var (width, height) = (radius * stream.Uniform(0.85, 1), radius * stream.Uniform(0.85, 1));
        var shear = stream.Uniform(-0.1, 0.1);
        var room = TextureShapes.Size / 2.0 - radius;
        return new Pose(
            Xx: width * cosine,
            Xy: height * (shear * cosine - sine),
            Yx: width * sine,
            Yy: height * (shear * sine + cosine),
            CentreX: TextureShapes.Size / 2.0 + stream.Uniform(-0.8 * room, 0.8 * room),
            CentreY: TextureShapes.Size / 2.0 + stream.Uniform(-0.8 * room, 0.8 * room),
            BendX: stream.Uniform(-0.1, 0.1),
            BendY: stream.Uniform(-0.1, 0.1));
    }

    /// <summary>The pixel position of a point of the unit circle.</summary>
    public (double X, double Y) Apply((double X, double Y) point)
    {
        var x = point.X + BendX * point.Y * point.Y;
        var y = point.Y + BendY * point.X * point.X;
        return (CentreX + Xx * x + Xy * y, CentreY + Yx * x + Yy * y);
    }
}
