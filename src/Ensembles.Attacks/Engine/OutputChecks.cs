using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Outputs of a defense that no attack can work with, and no figure be made of.</summary>
static class OutputChecks
{
    /// <exception cref="InvalidOperationException">Logits, scores or gate scores of a wrong shape.</exception>
    public static void ThrowIfMisshapen(AttackSurface surface, SurfaceOutput output, long rows)
    {
        var (logits, scores) = (output.MemberLogits, output.Scores);
        if ((logits.dim() == 3 && logits.size(2) == 1) || (logits.dim() == 2 && logits.size(1) == rows))
            throw new InvalidOperationException(
                $"{string.Join(", ", surface.Members)} has one output neuron, {Shape(logits)}, members first, as a "
                + "binary classifier behind a sigmoid has; attacks need logits [N, K], one for each class. Return "
                + "cat([zeros_like(z), z], 1) for its logit z [N, 1].");
        if (logits.dim() != 3 || logits.size(1) != rows || logits.size(2) < 2
            || scores.dim() != 2 || scores.size(0) != rows || scores.size(1) != logits.size(2))
            throw new InvalidOperationException(
                $"A classifier turns images [N, C, H, W] into logits [N, K] of K >= 2 classes; for {rows} images "
                + $"{string.Join(", ", surface.Members)} gave {Shape(logits)}, members first, and the vote "
                + $"{Shape(scores)}. Attack a module whose output is logits.");
        if (output.GateScores.dim() != 2 || output.GateScores.size(1) != rows)
            throw new InvalidOperationException(
                $"A gate turns images [N, C, H, W] into scores [N]; for {rows} images "
                + $"{string.Join(", ", surface.Gates)} gave {Shape(output.GateScores)}, gates first.");

        static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
    }

    /// <remarks>
    /// NaN compares as "not the label" for some rules and as "rejected" for others: no number comes of either.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Logits, gate scores or thresholds that are not numbers.</exception>
    public static void ThrowIfNotNumbers(AttackSurface surface, SurfaceOutput output)
    {
        if (HasNaN(output.MemberLogits))
            throw new InvalidOperationException(
                $"The logits of {Named(surface.Members, output.MemberLogits)} are not numbers on some image inside the "
                + "ball. A robustness figure of such a defense means nothing; make its forward pass finite on all of "
                + "[0, 1].");
        if (surface.Members.Count > 1 && HasNaN(output.Scores))
            throw new InvalidOperationException(
                "The scores that the vote gives an attack to follow are not numbers on some image inside the ball, "
                + "though the members' logits are: make the rule's surrogate scores finite, or negative infinity.");
        if (HasNaN(output.GateScores))
            throw new InvalidOperationException(
                $"The score of {Named(surface.Gates, output.GateScores)} is not a number on some image inside the "
                + "ball. The gate would reject it and give an attack nothing to follow; make its score finite on all "
                + "of [0, 1].");
        if (HasNaN(output.GateThresholds))
            throw new InvalidOperationException(
                $"The gate {Named(surface.Gates, output.GateThresholds)} has no threshold yet: call "
                + "CalibrateGates(validationImages) before an attack.");
    }

    /// <summary>
    /// Whether each row of each member's logits is a distribution, nowhere negative and of the sum 1, as no logits are
    /// by chance.
    /// </summary>
    public static bool ReturnsProbabilities(SurfaceOutput output)
    {
        var (values, classes) = (HostMemory.ReadFloats(output.MemberLogits), (int)output.MemberLogits.size(2));
        for (var row = 0; row < values.Length; row += classes)
        {
            var sum = 0.0;
            foreach (var value in values.AsSpan(row, classes))
            {
                if (!(value >= 0))
                    return false;
                sum += value;
            }
            // Half precision included.
            if (Math.Abs(sum - 1) > 5e-3)
                return false;
        }
        return values.Length > 0;
    }

    static bool HasNaN(Tensor values)
    {
        if (HostMemory.Holds(values))
            return float.IsNaN(LargestEntries.FindOfAll(values));
        using var scope = NewDisposeScope();
        return values.numel() > 0 && values.detach().isnan().any().item<bool>();
    }

    /// <summary>The names whose slice along the first dimension has a NaN.</summary>
    static string Named(IReadOnlyList<string> names, Tensor values)
    {
        using var scope = NewDisposeScope();
        return string.Join(", ", names.Where((_, i) => values[i].isnan().any().item<bool>()));
    }
}
