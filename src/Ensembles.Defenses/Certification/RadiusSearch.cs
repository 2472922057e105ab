using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The largest radius at which something is proven of each image. Several proofs are tried, the cheapest first: each
/// goes on where the one before it failed, and an image that is proven at the largest radius needs no other.
/// </summary>
/// <remarks>
/// What is returned has been proven at that very radius, so it is sound whether or not what is proven grows with the
/// ball.
/// </remarks>
static class RadiusSearch
{
    /// <summary>
    /// What float32 rounds an image by that an attack has put onto the surface of a ball; boxes are larger by it.
    /// </summary>
    const double Surface = 1.0 / (1 << 23);

    /// <summary>Something to prove of images.</summary>
    /// <param name="BatchSize">Images that it is asked of at once.</param>
    /// <param name="Holds">
    /// Whether it is proven, bool [n], of images at their places, int64 [n], ascending, at a radius for each, float64
    /// [n].
    /// </param>
    public sealed record Proof(int BatchSize, Func<Tensor, Tensor, Tensor> Holds);

    /// <summary>Radii of N images, each 0 or proven; -1 where not even radius 0 is.</summary>
    /// <param name="count">N.</param>
    /// <param name="largest">The largest radius that is tried.</param>
    /// <param name="tolerance">How much larger a radius may be that is not tried.</param>
    /// <param name="proofs">The cheapest first.</param>
    /// <param name="work">Whom to tell.</param>
    public static double[] Largest(
        long count, double largest, double tolerance, IReadOnlyList<Proof> proofs, Work work)
    {
        var proven = new double[count];
        Array.Fill(proven, -1);
        foreach (var (stage, proof) in proofs.Index())
        {
            var part = work.Part(stage, proofs.Count);
            // The first looks for all from the largest down; where it ends the others find the next step or none.
            var searches = Enumerable.Range(0, (int)count)
                .Select(image => new Search(image, proven[image], largest, stage == 0 ? largest : tolerance))
                .ToList();
            for (var open = Open(); open.Count > 0; open = Open())
            {
                part.At(1 - ((double)open.Count / count));
                var holds = Ask(
                    proof, [.. open.Select(search => search.Image)], [.. open.Select(search => search.Next)],
                    work.Cancellation);
                foreach (var (search, isProven) in open.Zip(holds))
                    search.Take(isProven);
            }

            foreach (var search in searches)
                proven[search.Image] = search.Proven;

            // The least step, as the difference of two radii, may come out a little larger than it is.
            List<Search> Open() => searches.FindAll(search => search.Width > tolerance * (1 + 1e-9));
        }

        work.At(1);
        return proven;
    }

    /// <summary>Whether something is proven of each of N images at one radius, bool [N].</summary>
    /// <inheritdoc cref="Largest"/>
    public static bool[] Holds(long count, double radius, IReadOnlyList<Proof> proofs, Work work)
    {
        var holds = new bool[count];
        foreach (var (stage, proof) in proofs.Index())
        {
            work.At((double)stage / proofs.Count);
            long[] open = [.. Enumerable.Range(0, (int)count).Where(image => !holds[image])];
            var found = Ask(proof, open, [.. open.Select(_ => radius)], work.Cancellation);
            foreach (var (image, isProven) in open.Zip(found))
                holds[image] = isProven;
        }

        work.At(1);
        return holds;
    }

    /// <summary>
    /// The box of images in [0, 1] within a radius of each in Linf, float64; at radius 0 the image itself.
    /// </summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="radii">Float64 [N].</param>
    public static (Tensor Lower, Tensor Upper) Box(Tensor images, Tensor radii)
    {
        var reach = where(radii.gt(0), radii + Surface, radii).view(-1, 1, 1, 1).to(images.device);
        var centers = images.to_type(ScalarType.Float64);
        return ((centers - reach).clamp(0, 1), (centers + reach).clamp(0, 1));
    }

    static bool[] Ask(Proof proof, long[] images, double[] radii, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(proof.BatchSize, 1);
        var holds = new bool[images.Length];
        for (var start = 0; start < images.Length; start += proof.BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = start..Math.Min(start + proof.BatchSize, images.Length);
            proof.Holds(tensor(images[batch]), tensor(radii[batch])).cpu().data<bool>().ToArray().CopyTo(holds, start);
        }

        return holds;
    }

    /// <summary>The search for one image's radius: steps that double until one fails, then bisection.</summary>
    sealed class Search(int image, double proven, double largest, double step)
    {
        double failed = double.PositiveInfinity;
        bool isDone;

        public long Image => image;

        /// <summary>The largest radius that is proven; -1 for none.</summary>
        public double Proven { get; private set; } = proven;

        /// <summary>The radius to try.</summary>
        public double Next =>
            Proven < 0 ? 0 : double.IsFinite(failed) ? (Proven + failed) / 2 : Math.Min(largest, Proven + step);

        /// <summary>How much larger than the one that is proven a radius may be.</summary>
        public double Width => isDone ? 0 : Math.Min(failed, largest) - Proven;

        public void Take(bool isProven)
        {
            var tried = Next;
            if (!isProven)
            {
                (failed, isDone) = (tried, tried == 0);
                return;
            }

            step = Proven < 0 ? step : 2 * step;
            Proven = tried;
        }
    }
}
