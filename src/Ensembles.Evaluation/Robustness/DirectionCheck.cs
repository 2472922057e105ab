using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether the gradients that a defense shows lead where they point: a step along the gradient must lead higher than one against it.
/// </summary>
/// <remarks>
/// A gradient may be there, and finite, and lead nowhere: that of a surrogate which has little to do with what it stands for, or one turned round. Every attack that
/// follows it fails in the same way, and twice its steps change nothing. What is asked of a member is its margin m(x) = s_y - max_{k != y} s_k, of a gate its
/// score: m(x - a d) &lt; m(x + a d), d being the gradient's sign under Linf, else the gradient over its norm. The step a is a quarter of the radius: attacks
/// take steps of that order, while at the radius itself a sound detector rises on both sides of a clean image. Both sides have the same draws, over which m is the
/// mean. Images without a gradient, and those on which both sides are level, tell nothing; that a whole part has no gradient is found by the attacks themselves.
/// </remarks>
static class DirectionCheck
{
    const string Name = "a step along each gradient leads where it points";

    /// <summary>The length of the steps, in radii.</summary>
    const double StepOfRadius = 0.25;

    /// <summary>The share of images on which a step must lead where the gradient says. By chance it is a half.</summary>
    const double Required = 2 / 3.0;

    /// <summary>Runs the check.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="images">Images and labels.</param>
    /// <param name="threat">The steps take a quarter of its radius.</param>
    /// <param name="options">Seed and batch size.</param>
    public static SanityCheck Run(AttackSurface surface, LabeledImages images, ThreatModel threat, EvaluationOptions options)
    {
        string[] parts = [.. surface.Members.Select(member => $"member {member}"), .. surface.Gates.Select(gate => $"gate {gate}")];
        var (right, wrong) = (new int[parts.Length], new int[parts.Length]);
        var size = Math.Max(1, options.BatchSize / surface.EotSamples);
        for (var start = 0; start < images.Count; start += size)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var length = Math.Min(size, images.Count - start);
            var (batch, labels) = (images.Images.narrow(0, start, length), images.Labels.narrow(0, start, length));
            var seed = StableSeed.Of(options.Seed, "direction", $"{start}");
            for (var part = 0; part < parts.Length; part++)
            {
                using var inner = NewDisposeScope();
                var step = Step(surface, batch, labels, part, seed, threat);
                using var _ = no_grad();
                var change = Height(surface, (batch + step).clamp(0, 1), labels, part, seed) - Height(surface, (batch - step).clamp(0, 1), labels, part, seed);
                right[part] += (int)change.gt(0).sum().item<long>();
                wrong[part] += (int)change.lt(0).sum().item<long>();
            }
        }
        var misled = Enumerable.Range(0, parts.Length).Where(part => right[part] < Required * (right[part] + wrong[part])).ToArray();
        string Finding(int part) => right[part] + wrong[part] == 0 ? $"{parts[part]}: no image tells" : $"{parts[part]}: on {right[part]} of {right[part] + wrong[part]} images";
        return misled.Length == 0
            ? new SanityCheck(Name, true, string.Join("; ", Enumerable.Range(0, parts.Length).Select(Finding)))
            : new SanityCheck(Name, false, $"{string.Join("; ", misled.Select(Finding))}. What attacks follow there is not what the part does: see to its surrogate");
    }

    /// <summary>The step [N, C, H, W] along which a part rises by its gradient; 0 where it has none.</summary>
    static Tensor Step(AttackSurface surface, Tensor images, Tensor labels, int part, int seed, ThreatModel threat)
    {
        using var scope = NewDisposeScope();
        using var _ = enable_grad();
        var leaf = images.detach().clone().requires_grad_(true);
        var height = Height(surface, leaf, labels, part, seed);
        if (!height.requires_grad || autograd.grad([height.sum()], [leaf], allow_unused: true)[0] is not { IsInvalid: false } gradient)
            return zeros_like(images).MoveToOuterDisposeScope();
        if (threat.Norm == Norm.Linf)
            return (StepOfRadius * threat.Epsilon * gradient.sign()).MoveToOuterDisposeScope();
        // k pixels that change from 0 to 1 are a change of Euclidean length sqrt(k).
        var (norm, length) = threat.Norm == Norm.L0 ? (Norm.L2, Math.Sqrt(threat.Epsilon)) : (threat.Norm, threat.Epsilon);
        var size = norm.Distances(gradient, zeros_like(gradient)).to_type(ScalarType.Float32).view(-1, 1, 1, 1);
        return (StepOfRadius * length * gradient / size.masked_fill(size.eq(0), 1)).MoveToOuterDisposeScope();
    }

    /// <summary>A member's margin or a gate's score, [N], the mean over draws that are the same at every call with one seed.</summary>
    static Tensor Height(AttackSurface surface, Tensor images, Tensor labels, int part, int seed)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var draws = surface.EotSamples;
        var output = surface.Evaluate(images, draws);
        var values = part < surface.Members.Count ? Margin(output.MemberLogits[part], labels.repeat(draws)) : output.GateScores[part - surface.Members.Count];
        return values.view(draws, -1).mean([0]).MoveToOuterDisposeScope();
    }

    /// <summary>s_y - max_{k != y} s_k of logits [R, K].</summary>
    static Tensor Margin(Tensor logits, Tensor labels)
    {
        var index = labels.unsqueeze(1);
        var others = logits.scatter(1, index, full_like(index, float.NegativeInfinity, dtype: logits.dtype));
        return logits.gather(1, index).squeeze(1) - others.amax([1]);
    }
}
