using Ensembles.Attacks;
using static System.FormattableString;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether the gradient of a defense is the derivative of what it computes, of each logit for itself, and whether the
/// logits tell which class comes near.
/// </summary>
/// <remarks>
/// An attack follows the gradient of the winner's logit and of the runner-up's. Where one of them is detached, where a
/// blurred network lends the gradient or noise is added to it, all attacks find less than there is, in the same way.
/// The check compares g . d with f(x + d) - f(x - d) along random directions (<see cref="Slopes"/>), on clean images
/// and at random points of the ball, for each part that declares no surrogate: what a declared one is worth the other
/// checks say. The cosine of both is 1 for a gradient and 0.7 for one that lacks half of the pixels, and does not
/// depend on the scale of the logits. Steps are those that attacks take: a ripple finer than these, which turns the
/// gradient everywhere, is told too.
/// </remarks>
static class DerivativeCheck
{
    /// <summary>Images, every second of which is moved to a random point of the ball.</summary>
    const int Images = 50;

    /// <summary>
    /// Steps in radii, of which one must agree. The finer ones are for networks that bend, as one trained on perturbed
    /// MNIST images at 0.3 does (0.92 at a twentieth of the radius, 0.98 below), the coarse one for logits in half
    /// precision and for parts that draw.
    /// </summary>
    static readonly double[] steps = [0.5, 0.15, 0.05, 0.015, 0.005];

    /// <summary>The least step of a pixel: below it rounding in float32 is what is seen.</summary>
    const double LeastStep = 1e-3;

    /// <summary>The largest one, whatever the radius: no network is a line from black to white.</summary>
    const double LargestStep = 0.1;

    /// <summary>
    /// The least mean cosine. Networks, also with saturated, scaled or half precision logits, had 0.976 and more; a
    /// gradient through a blur of 3 x 3 pixels 0.91, and a detached logit 0.
    /// </summary>
    const double Required = 0.95;

    /// <summary>
    /// The same for what draws: the spread over its draws is an estimate, and a cosine cannot be above 1 to make up for
    /// those below.
    /// </summary>
    const double RequiredOfDrawn = 0.85;

    /// <summary>The share of images on which logits may be one-sided.</summary>
    const double OneSidedAllowed = 0.1;

    /// <summary>Runs the check.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="images">Images.</param>
    /// <param name="threat">Steps are shares of its radius.</param>
    /// <param name="options">Seed and batch size.</param>
    public static CheckOutcome Run(
        AttackSurface surface, LabeledImages images, ThreatModel threat, EvaluationOptions options)
    {
        using var first = images.Take(Images);
        Named[] heights = [.. HeightsOf(surface)];
        var measured = new List<Measured>();
        int[] wrong = [];
        foreach (var step in steps)
        {
            measured.Add(Measure(surface, first, step, threat, options));
            wrong = [.. Enumerable.Range(0, heights.Length).Where(height => !heights[height].IsDeclared
                && Telling(measured, height).All(at => at.Cosine[height] < at.Required(height)))];
            if (wrong.Length == 0)
                break;
        }
        double Cosine(int height) => Telling(measured, height).Max(at => at.Cosine[height]);
        int[] oneSided =
        [
            .. Enumerable.Range(0, surface.Members.Count)
                .Where(member => measured[0].OneSided[member] > OneSidedAllowed * first.Count),
        ];
        // What jumps where the winner changes has no derivative, and one reason is enough.
        wrong = [.. wrong.Where(h => heights[h].Member is not { } member || !oneSided.Contains(member))];
        string[] reasons =
        [
            .. wrong.Length == 0 ? Array.Empty<string>() :
            [
                "The slopes that gradients tell and those that values have agree by "
                + string.Join(" and ", wrong.Select(h => Invariant($"{Cosine(h):0.00} ({heights[h].Name})")))
                + Invariant($", where a derivative has 1 (at least {wrong.Max(h => measured[0].Required(h))}). ")
                + "An attack that follows such a gradient finds less than there is. Take out what detaches, masks or "
                + "replaces it, or what ripples so finely that it turns within an attack's step, or declare "
                + "INonDifferentiable on the module that needs a surrogate",
            ],
            .. oneSided.Length == 0 ? Array.Empty<string>() :
            [
                string.Join(" and ", oneSided.Select(member =>
                    $"On {measured[0].OneSided[member]} of {Wording.Count(first.Count, "image")} no logit of "
                    + $"{surface.Members[member]} moves but the winner's"))
                + ", so attacks cannot see which class comes near: return the logits before the filter, or declare "
                + "INonDifferentiable with a surrogate that returns them",
            ],
        ];
        if (reasons.Length > 0)
            return new CheckOutcome(false, string.Join(". ", reasons));
        int[] compared = [.. Enumerable.Range(0, heights.Length).Where(height => !heights[height].IsDeclared)];
        return new CheckOutcome(true, compared.Length > 0
            ? Invariant($"slopes told and slopes seen agree by {compared.Min(Cosine):0.000}, where a derivative has 1")
            : "every part declares a surrogate");
    }

    /// <summary>
    /// The steps that speak of a height: a step whose slopes are lost in noise does not make up for one whose are not.
    /// </summary>
    static IEnumerable<Measured> Telling(IReadOnlyList<Measured> measured, int height)
    {
        var most = measured.Max(at => at.Telling[height]);
        return measured.Where(at => 2 * at.Telling[height] >= most);
    }

    /// <summary>The heights in the order of <see cref="Heights"/>.</summary>
    static IEnumerable<Named> HeightsOf(AttackSurface surface)
    {
        bool IsDeclared(IEnumerable<Module> modules) => modules.Any(module => module is INonDifferentiable);
        Module[][] ofMembers =
            [.. surface.Members.Select((_, m) => surface.Alone(m).Modules.ToArray())];
        for (var m = 0; m < ofMembers.Length; m++)
        {
            foreach (var name in (string[])["the winner's logit", "the runner-up's logit", "the lead"])
                yield return new Named($"member {surface.Members[m]}, {name}", m, IsDeclared(ofMembers[m]));
        }
        var ofGates = surface.Modules.Except(ofMembers.SelectMany(modules => modules));
        foreach (var gate in surface.Gates)
            yield return new Named($"gate {gate}", Member: null, IsDeclared(ofGates));
    }

    static Measured Measure(
        AttackSurface surface, LabeledImages images, double step, ThreatModel threat, EvaluationOptions options)
    {
        var pixel = Math.Clamp(step * RadiusOfPixel(threat, images), LeastStep, LargestStep);
        var size = Math.Max(1, options.BatchSize / surface.EotSamples);
        var sum = Measured.None(Heights.OfMember * surface.Members.Count + surface.Gates.Count, surface.Members.Count);
        for (var start = 0; start < images.Count; start += size)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = images.Images.narrow(0, start, Math.Min(size, images.Count - start));
            var seed = Seeds.Of(options.Seed, "derivative", $"{start}");
            var slopes = Slopes.Around(surface, PointsIn(batch, threat, images, pixel, seed), pixel, seed);
            using var _ = no_grad();
            sum = sum.With(slopes, images.Count);
        }
        return sum;
    }

    /// <summary>Every second image at a random point of the ball, all of them a step away from 0 and 1.</summary>
    static Tensor PointsIn(Tensor batch, ThreatModel threat, LabeledImages images, double pixel, int seed)
    {
        manual_seed(Seeds.Of(seed, "points"));
        var noise = (2 * rand_like(batch) - 1) * RadiusOfPixel(threat, images);
        var isMoved = arange(batch.size(0), device: batch.device).remainder(2).view(-1, 1, 1, 1);
        return (batch + noise * isMoved).clamp(pixel, 1 - pixel);
    }

    /// <summary>By how much every pixel may change at once.</summary>
    static double RadiusOfPixel(ThreatModel threat, LabeledImages images)
    {
        var pixels = images.Images.numel() / (double)images.Count;
        return threat.Norm switch
        {
            Norm.L2 => threat.Epsilon / Math.Sqrt(pixels),
            Norm.L1 => threat.Epsilon / pixels,
            Norm.L0 => Math.Sqrt(threat.Epsilon / pixels),
            _ => threat.Epsilon,
        };
    }

    /// <summary>A height of a member, or of a gate (null), and whether that declares a surrogate.</summary>
    sealed record Named(string Name, int? Member, bool IsDeclared);

    /// <summary>What was measured at one step.</summary>
    /// <param name="Cosine">
    /// For each height the mean over images. One that tells nothing is no sign of a wrong gradient: it counts as 1.
    /// </param>
    /// <param name="Telling">For each height how many images tell something.</param>
    /// <param name="IsDrawn">For each height whether it differs from draw to draw.</param>
    /// <param name="OneSided">For each member on how many images it is one-sided.</param>
    sealed record Measured(double[] Cosine, long[] Telling, bool[] IsDrawn, long[] OneSided)
    {
        public static Measured None(int heights, int members) =>
            new(new double[heights], new long[heights], new bool[heights], new long[members]);

        public double Required(int height) => IsDrawn[height] ? RequiredOfDrawn : DerivativeCheck.Required;

        /// <summary>The same with the images of another batch, of <paramref name="count"/> in all.</summary>
        public Measured With(Slopes slopes, int count)
        {
            var cosine = slopes.Agreement();
            var mean = cosine.nan_to_num(1).sum([1]) / count;
            var telling = cosine.isnan().logical_not().sum([1]);
            return new Measured(
                [.. Cosine.Zip(mean.cpu().data<double>(), (sum, more) => sum + more)],
                [.. Telling.Zip(telling.cpu().data<long>(), (sum, more) => sum + more)],
                [.. IsDrawn.Zip(slopes.IsDrawn.cpu().data<bool>(), (was, now) => was || now)],
                [.. OneSided.Zip(slopes.IsOneSided.sum([1]).cpu().data<long>(), (sum, more) => sum + more)]);
        }
    }
}
