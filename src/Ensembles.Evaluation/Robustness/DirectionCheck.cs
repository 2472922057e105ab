using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether the gradients of a defense lead where they point: a step along the gradient must lead higher than a step
/// against it.
/// </summary>
/// <remarks>
/// A gradient may exist, be finite, and still lead nowhere: a surrogate's gradient that has little to do with what it
/// replaces, or one with its sign reversed. Every attack that follows it fails in the same way, and doubling its steps
/// changes nothing. The check asks of a member its margin m(x) = s_y - max_{k != y} s_k, of a gate its score:
/// m(x - a d) &lt; m(x + a d), where d is the sign of the gradient under Linf, else the gradient over its norm. The
/// step a is a quarter of the radius: attacks take steps of that order, while at the radius itself a sound detector
/// rises on both sides of a clean image. Both sides see the same draws, and m is their mean. Images without a gradient,
/// and those for which both sides are level, tell nothing; a part without any gradient is found by the attacks
/// themselves.
/// </remarks>
static class DirectionCheck
{
    /// <summary>The length of the steps, in radii.</summary>
    const double StepOfRadius = 0.25;

    /// <summary>
    /// The share of images on which a step must lead where the gradient says. Chance alone would give one half.
    /// </summary>
    const double Required = 2 / 3.0;

    /// <summary>Runs the check.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="images">Images and labels.</param>
    /// <param name="threat">The steps are a quarter of its radius.</param>
    /// <param name="options">Seed and batch size.</param>
    public static CheckOutcome Run(
        AttackSurface surface, LabeledImages images, ThreatModel threat, EvaluationOptions options)
    {
        string[] parts =
        [
            .. surface.Members.Select(member => $"member {member}"),
            .. surface.Gates.Select(gate => $"gate {gate}"),
        ];
        var (right, wrong) = (new int[parts.Length], new int[parts.Length]);
        var size = Math.Max(1, options.BatchSize / surface.EotSamples);
        for (var start = 0; start < images.Count; start += size)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var length = Math.Min(size, images.Count - start);
            var (batch, labels) = (images.Images.narrow(0, start, length), images.Labels.narrow(0, start, length));
            var seed = Seeds.Of(options.Seed, "direction", $"{start}");
            for (var part = 0; part < parts.Length; part++)
            {
                using var inner = NewDisposeScope();
                Tensor Height(Tensor x) => HeightOf(part, surface, x, labels, seed);
                var step = StepAlong(InputGradient.Of(Height, batch, heights => heights.sum()), threat);
                using var _ = no_grad();
                var change = Height((batch + step).clamp(0, 1)) - Height((batch - step).clamp(0, 1));
                right[part] += (int)change.gt(0).sum().item<long>();
                wrong[part] += (int)change.lt(0).sum().item<long>();
            }
        }

        string Finding(int part)
        {
            var telling = right[part] + wrong[part];
            return $"{parts[part]}: " + (telling == 0 ? "no image tells" : $"on {right[part]} of {telling} images");
        }
        int[] all = [.. Enumerable.Range(0, parts.Length)];
        int[] misled = [.. all.Where(part => right[part] < Required * (right[part] + wrong[part]))];
        return misled.Length == 0
            ? new CheckOutcome(true, string.Join("; ", all.Select(Finding)))
            : new CheckOutcome(false,
                $"{string.Join("; ", misled.Select(Finding))}. The gradient that attacks follow there does not "
                + "describe what the part computes over a step of theirs: check its surrogate, or, where it has none, "
                + "what detaches the gradient or ripples so finely that it turns within a step");
    }

    /// <summary>The step [N, C, H, W] along a gradient; 0 where the gradient is 0.</summary>
    static Tensor StepAlong(Tensor gradient, ThreatModel threat)
    {
        if (threat.Norm == Norm.Linf)
            return StepOfRadius * threat.Epsilon * gradient.sign();
        // k pixels that change from 0 to 1 are a change of Euclidean length sqrt(k).
        var (norm, length) = threat.Norm == Norm.L0
            ? (Norm.L2, Math.Sqrt(threat.Epsilon))
            : (threat.Norm, threat.Epsilon);
        var size = norm.Distances(gradient, zeros_like(gradient)).to_type(ScalarType.Float32).view(-1, 1, 1, 1);
        return StepOfRadius * length * gradient / size.masked_fill(size.eq(0), 1);
    }

    /// <summary>
    /// A member's margin or a gate's score, [N], as the mean over draws that are the same at every call with one seed.
    /// </summary>
    internal static Tensor HeightOf(int part, AttackSurface surface, Tensor images, Tensor labels, int seed)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var draws = surface.EotSamples;
        var output = surface.Evaluate(images, draws);
        var members = surface.Members.Count;
        var heights = part < members
            ? Margins.Lead(output.MemberLogits[part], labels.repeat(draws))
            : output.GateScores[part - members];
        return heights.view(draws, -1).mean([0]).MoveToOuterDisposeScope();
    }
}
