using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// How near an image is to meeting the attacker's criterion, in units of the way its clean image had to go: what the best
/// of several failures is chosen by. The higher the nearer.
/// </summary>
/// <remarks>
/// With the vote's margin m = max_{k != y} s_k - s_y and each gate's excess e_g = score_g - threshold_g, both over their size on the
/// clean image: to misclassify, both must be met, min(m, 0) - sum_g max(e_g, 0), or m without gates; to disrupt, one of
/// them, max(m, max_g e_g). It does not depend on the loss a restart follows, so restarts can be compared.
/// </remarks>
sealed class Nearness
{
    readonly Criterion criterion;
    readonly long[] labels;
    readonly float[] marginUnit;
    readonly float[] gateUnits;

    /// <summary>Takes the labels and the units from a view of the clean images.</summary>
    public Nearness(SurfaceView clean, Criterion criterion)
    {
        using var scope = NewDisposeScope();
        this.criterion = criterion;
        labels = HostMemory.ReadLongs(clean.Labels);
        (marginUnit, gateUnits) = (HostMemory.ReadFloats(MarginUnit(clean)), HostMemory.ReadFloats(GateUnits(clean)));
    }

    /// <summary>The size of the margin on the clean images, [N].</summary>
    public static Tensor MarginUnit(SurfaceView clean) => Unit(clean.MeanOverDraws(clean.Margins(clean.Output.Scores)));

    /// <summary>The size of each gate's excess on the clean images, [G, N].</summary>
    public static Tensor GateUnits(SurfaceView clean) => Unit(clean.GateExcess().view(clean.Gates, clean.Draws, clean.Labels.size(0)).mean([1]));

    static Tensor Unit(Tensor values) => values.detach().abs().clamp(min: 1e-6);

    /// <summary>How the images of an evaluation stand, the mean over their draws.</summary>
    /// <param name="output">The evaluation.</param>
    /// <param name="images">In place of which of the N images each is.</param>
    /// <param name="draws">Draws of each.</param>
    public Standing Of(SurfaceOutput output, ReadOnlySpan<int> images, int draws)
    {
        var (scores, decided) = (HostMemory.ReadFloats(output.Scores), HostMemory.ReadLongs(output.Labels));
        var (gateScores, thresholds) = (HostMemory.ReadFloats(output.GateScores), HostMemory.ReadFloats(output.GateThresholds));
        var classes = (int)output.Scores.size(1);
        var (share, near) = (new float[images.Length], new float[images.Length]);
        for (var row = 0; row < decided.Length; row++)
        {
            var (place, image) = (row % images.Length, images[row % images.Length]);
            var label = labels[image];
            near[place] += Near(SurfaceView.Margin(scores.AsSpan(row * classes, classes), (int)label) / marginUnit[image], row, image);
            if (decided[row] != label && (criterion == Criterion.Disrupted || decided[row] != Decision.Reject))
                share[place]++;
        }
        for (var place = 0; place < images.Length; place++)
            (share[place], near[place]) = (share[place] / draws, near[place] / draws);
        return new Standing(share, near);

        float Near(float margin, int row, int image)
        {
            if (thresholds.Length == 0)
                return margin;
            var (sum, most) = (0f, float.NegativeInfinity);
            for (var gate = 0; gate < thresholds.Length; gate++)
            {
                var excess = (gateScores[gate * decided.Length + row] - thresholds[gate]) / gateUnits[gate * labels.Length + image];
                (sum, most) = (sum + MathF.Max(excess, 0), MathF.Max(most, excess));
            }
            return criterion == Criterion.Misclassified ? MathF.Min(margin, 0) - sum : MathF.Max(margin, most);
        }
    }
}
