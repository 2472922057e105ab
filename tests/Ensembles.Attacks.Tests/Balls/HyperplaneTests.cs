using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>The smallest change onto a hyperplane inside the box, against its defining properties.</summary>
public class HyperplaneTests
{
    const int Pixels = 12;

    static readonly Gen<(float[] Point, float[] Normal, float Offset)> cases = Gen.Select(
        Gen.Float[0, 1].Array[Pixels],
        Gen.Frequency((8, Gen.Float[-2, 2]), (1, Gen.Const(0f))).Array[Pixels].Where(w => w.Sum(Math.Abs) > 0.1),
        Gen.Float[-3, 3]);

    [Fact]
    public void Under_L2_without_the_box_in_the_way_it_is_the_perpendicular() =>
        Assert.Equal(
            [0.06f, 0.08f, 0f, 0f], Samples.Floats(Change(Norm.L2, [0.5f, 0.5f, 0.5f, 0.5f], [3, 4, 0, 0], 0.5f)),
            (a, b) => Math.Abs(a - b) < 1e-6);

    [Fact]
    public void Under_Linf_every_pixel_moves_alike_until_its_bound() =>
        Assert.Equal(
            [0.1f, -0.4f, 0.4f, 0f], Samples.Floats(Change(Norm.Linf, [0.9f, 0.5f, 0.5f, 0.5f], [1, -2, 1, 0], 1.3f)),
            (a, b) => Math.Abs(a - b) < 1e-6);

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void It_meets_the_equation_in_the_box_and_no_shorter_change_does(Norm norm) => cases.Sample(
        c =>
        {
            using var scope = NewDisposeScope();
            var change = Samples.Floats(Change(norm, c.Point, c.Normal, c.Offset));
            Assert.All(change.Zip(c.Point), p => Assert.InRange(p.First + p.Second, -1e-6, 1 + 1e-6));
            var (sign, most) = (Math.Sign(c.Offset), c.Normal.Zip(
                c.Point, (w, t) => w * c.Offset > 0 ? Math.Abs(w) * (1 - t) : Math.Abs(w) * t).Sum());
            var met = c.Normal.Zip(change, (w, d) => w * d).Sum();
            Assert.Equal(sign * Math.Min(Math.Abs(c.Offset), most), met, 1e-4);

            // The most that any change of 0.999 times its length gains in the box, by bisection over the form a
            // shortest change has.
            var length = norm == Norm.Linf ? change.Max(Math.Abs) : MathF.Sqrt(change.Sum(d => d * d));
            if (Math.Abs(c.Offset) < most && length > 1e-3)
                Assert.True(MostWithin(norm, c.Point, c.Normal, sign, 0.999f * length) < Math.Abs(c.Offset));
        },
        iter: 100, threads: 1);

    /// <summary>Newton's method ends on the piece that sorting finds.</summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void On_the_host_it_is_what_torch_finds(Norm norm)
    {
        using var scope = NewDisposeScope();
        var points = Samples.Images(200, side: 9);
        var normals = (Samples.Images(200, side: 9, seed: 1) - 0.5) * Samples.Images(200, side: 9, seed: 2).gt(0.2);
        var offsets = (Samples.Images(200, side: 1, seed: 3).flatten() - 0.5) * 12;
        var sorted = Samples.Floats(Hyperplane.ChangeBySorting(norm, points, normals, offsets));
        var found = Samples.Floats(Hyperplane.Change(norm, points, normals, offsets));
        Assert.Equal(sorted, found, (a, b) => Math.Abs(a - b) <= 1e-6f * Math.Abs(a));
        Assert.Contains(0f, found);
    }

    static double MostWithin(Norm norm, float[] point, float[] normal, int sign, float length)
    {
        var (low, high) = (0.0, 1e4);
        for (var round = 0; round < 100; round++)
        {
            var middle = (low + high) / 2;
            (low, high) = Length(Moves(middle)) > length ? (low, middle) : (middle, high);
        }
        return Moves(low).Zip(normal, (d, w) => d * Math.Abs(w)).Sum();

        IEnumerable<double> Moves(double lambda) =>
            normal.Zip(
                point,
                (w, t) => Math.Min(
                    lambda * (norm == Norm.Linf ? 1 : Math.Abs(w)), w == 0 ? 0 : w * sign > 0 ? 1 - t : t));

        double Length(IEnumerable<double> moves) => norm == Norm.Linf ? moves.Max() : Math.Sqrt(moves.Sum(d => d * d));
    }

    static Tensor Change(Norm norm, float[] point, float[] normal, float offset) =>
        Hyperplane.Change(
            norm, tensor(point, [1, 1, 1, point.Length]), tensor(normal, [1, 1, 1, normal.Length]),
            tensor(new[] { offset })).flatten();
}
