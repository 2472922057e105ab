using System.Numerics;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Steps under Linf in one pass through the pixels on the CPU, where torch takes one for each operation: the same
/// numbers, bit for bit.
/// </summary>
static class LinfSteps
{
    /// <summary>min(max(x + a sign(g), lowest), highest).</summary>
    /// <param name="images">
    /// x, [N, C, H, W]; like all tensors here it is held by the host, see <see cref="HostMemory.Holds"/>.
    /// </param>
    /// <param name="direction">g, of the same shape.</param>
    /// <param name="size">a.</param>
    /// <param name="lowest">The lowest image in the ball.</param>
    /// <param name="highest">The highest.</param>
    public static Tensor Step(Tensor images, Tensor direction, float size, Tensor lowest, Tensor highest)
    {
        var next = empty_like(images);
        ReadOnlySpan<float> x = HostMemory.Floats(images), g = HostMemory.Floats(direction);
        ReadOnlySpan<float> low = HostMemory.Floats(lowest), high = HostMemory.Floats(highest);
        var y = HostMemory.Floats(next);
        var whole = x.Length - x.Length % Vector<float>.Count;
        for (var i = 0; i < whole; i += Vector<float>.Count)
            Clamp(At(x, i) + Signed(At(g, i), new Vector<float>(size)), At(low, i), At(high, i)).CopyTo(y[i..]);
        for (var i = whole; i < x.Length; i++)
            y[i] = Clamp(x[i] + Signed(g[i], size), low[i], high[i]);
        KeepAlive(images, direction, lowest, highest);
        return next;
    }

    /// <summary>
    /// With the step's end z as above, x + (1 - m) (z - x) + m (x - x_previous), clamped to the ball once more.
    /// </summary>
    /// <param name="images">x, [N, C, H, W].</param>
    /// <param name="direction">g.</param>
    /// <param name="sizes">a for each image.</param>
    /// <param name="previous">x_previous.</param>
    /// <param name="momentum">m.</param>
    /// <param name="lowest">The lowest image in the ball.</param>
    /// <param name="highest">The highest.</param>
    public static Tensor WithMomentum(
        Tensor images, Tensor direction, float[] sizes, Tensor previous, float momentum, Tensor lowest, Tensor highest)
    {
        var next = empty_like(images);
        ReadOnlySpan<float> x = HostMemory.Floats(images), g = HostMemory.Floats(direction);
        ReadOnlySpan<float> before = HostMemory.Floats(previous);
        ReadOnlySpan<float> low = HostMemory.Floats(lowest), high = HostMemory.Floats(highest);
        var y = HostMemory.Floats(next);
        var rest = 1 - momentum;
        var length = x.Length / sizes.Length;
        for (var image = 0; image < sizes.Length; image++)
        {
            var (i, end, size) = (image * length, (image + 1) * length, sizes[image]);
            for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
            {
                var (here, least, most) = (At(x, i), At(low, i), At(high, i));
                var ahead = Clamp(here + Signed(At(g, i), new Vector<float>(size)), least, most);
                Clamp(here + rest * (ahead - here) + momentum * (here - At(before, i)), least, most).CopyTo(y[i..]);
            }
            for (; i < end; i++)
            {
                var ahead = Clamp(x[i] + Signed(g[i], size), low[i], high[i]);
                y[i] = Clamp(x[i] + rest * (ahead - x[i]) + momentum * (x[i] - before[i]), low[i], high[i]);
            }
        }
        KeepAlive(images, direction, previous, lowest, highest);
        return next;
    }

    /// <summary>The largest change of each image in double, float64 [N].</summary>
    /// <param name="images">Images [N, C, H, W].</param>
    /// <param name="clean">The clean images.</param>
    public static Tensor Distances(Tensor images, Tensor clean)
    {
        ReadOnlySpan<float> x = HostMemory.Floats(images), y = HostMemory.Floats(clean);
        var distances = new double[images.size(0)];
        var length = distances.Length == 0 ? 0 : x.Length / distances.Length;
        for (var image = 0; image < distances.Length; image++)
        {
            var (i, end) = (image * length, (image + 1) * length);
            var most = Vector<double>.Zero;
            for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(At(x, i), out var low, out var high);
                Vector.Widen(At(y, i), out var cleanLow, out var cleanHigh);
                most = Vector.Max(most, Vector.Max(Vector.Abs(low - cleanLow), Vector.Abs(high - cleanHigh)));
            }
            var distance = 0.0;
            for (var lane = 0; lane < Vector<double>.Count; lane++)
                distance = Math.Max(distance, most[lane]);
            for (; i < end; i++)
                distance = Math.Max(distance, Math.Abs((double)x[i] - y[i]));
            distances[image] = distance;
        }
        KeepAlive(images, clean);
        return tensor(distances);
    }

    /// <summary>
    /// (1 - a) (x + o d) + a (x_0 + o d_0), in [0, 1]: the step of FAB, in any norm.
    /// </summary>
    /// <param name="images">x, [N, C, H, W].</param>
    /// <param name="onto">d.</param>
    /// <param name="clean">x_0.</param>
    /// <param name="fromClean">d_0.</param>
    /// <param name="pulls">a for each image.</param>
    /// <param name="overshoot">o.</param>
    public static Tensor Between(
        Tensor images, Tensor onto, Tensor clean, Tensor fromClean, float[] pulls, float overshoot)
    {
        var next = empty_like(images);
        ReadOnlySpan<float> x = HostMemory.Floats(images), d = HostMemory.Floats(onto);
        ReadOnlySpan<float> c = HostMemory.Floats(clean), e = HostMemory.Floats(fromClean);
        var y = HostMemory.Floats(next);
        var length = pulls.Length == 0 ? 0 : x.Length / pulls.Length;
        for (var image = 0; image < pulls.Length; image++)
        {
            var (i, end, pull, rest) = (image * length, (image + 1) * length, pulls[image], 1 - pulls[image]);
            for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
            {
                var there = rest * (At(x, i) + overshoot * At(d, i)) + pull * (At(c, i) + overshoot * At(e, i));
                Clamp(there, Vector<float>.Zero, Vector<float>.One).CopyTo(y[i..]);
            }
            for (; i < end; i++)
                y[i] = Clamp(rest * (x[i] + overshoot * d[i]) + pull * (c[i] + overshoot * e[i]), 0, 1);
        }
        KeepAlive(images, onto, clean, fromClean);
        return next;
    }

    static Vector<float> At(ReadOnlySpan<float> values, int place) => new(values[place..]);

    static Vector<float> Signed(Vector<float> sign, Vector<float> size)
    {
        var zero = Vector<float>.Zero;
        var downwards = Vector.ConditionalSelect(Vector.LessThan(sign, zero), -size, zero);
        return Vector.ConditionalSelect(Vector.GreaterThan(sign, zero), size, downwards);
    }

    static float Signed(float sign, float size) => sign > 0 ? size : sign < 0 ? -size : 0;

    static Vector<float> Clamp(Vector<float> values, Vector<float> lowest, Vector<float> highest) =>
        Vector.Min(Vector.Max(values, lowest), highest);

    static float Clamp(float value, float lowest, float highest) => MathF.Min(MathF.Max(value, lowest), highest);

    /// <summary>The spans are memory of the tensors, which the collector may take once nothing names them.</summary>
    static void KeepAlive(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            GC.KeepAlive(tensor);
    }
}
