using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Decisions by one TorchScript function of the whole ensemble, on a GPU.</summary>
sealed class ScriptDecisions : IDecisions
{
    /// <summary>Fusion measures shapes in the first run and compiles in the second.</summary>
    const int Runs = 3;
    const int CheckedImages = 16;

    /// <summary>
    /// How far numbers may lie from those of the networks one by one, as a share of 1 or of their size.
    /// </summary>
    const double Tolerance = 1e-5, ToleranceOnCuda = 1e-3, ToleranceOfHalf = 2e-2;

    /// <summary>Batches for which the function and the networks one by one take turns.</summary>
    static readonly int[] batches = [1, 32, 256];

    /// <summary>What two turns may differ by where both take as long.</summary>
    const double Noise = 1.05;

    readonly NetworkDecisions networks;
    readonly EnsembleScript separate;
    readonly EnsembleScript? stacked;

    ScriptDecisions(NetworkDecisions networks, EnsembleScript separate, EnsembleScript? stacked) =>
        (this.networks, this.separate, this.stacked) = (networks, separate, stacked);

    /// <inheritdoc/>
    public int MemberCount => networks.MemberCount;

    /// <inheritdoc/>
    public int GateCount => networks.GateCount;

    /// <inheritdoc/>
    public long Classes => networks.Classes;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => false;

    /// <summary>
    /// The function in the place of networks one by one, where there is one that decides alike and is no slower; else
    /// null, and <paramref name="line"/> says why.
    /// </summary>
    /// <param name="networks">The networks, which the function owns then.</param>
    /// <param name="vote">The ensemble's <see cref="Ensemble.DecisionScript"/>.</param>
    /// <param name="isMeasured">Whether the two take turns; else the function is taken.</param>
    /// <param name="line">A line of the plan's text.</param>
    public static ScriptDecisions? Of(NetworkDecisions networks, string vote, bool isMeasured, out string line)
    {
        var function = Of(networks, vote);
        var reason = function is null ? "a component has operations that are not said in one" : function.Complaint();
        var rows = reason is null && isMeasured ? function!.Measured() : [];
        var ratios = string.Join(", ", rows.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{row.Networks / row.Function:f2} for {row.Batch}")));
        if (rows.Any(row => row.Function > Noise * row.Networks)
            || rows.Sum(row => Math.Log(row.Function / row.Networks)) > 0)
            reason = $"it is slower, {ratios} images";
        line = reason is null
            ? "  one TorchScript function of members, vote and gates"
                + (rows.Count > 0 ? $", times faster than one by one: {ratios} images\n" : "\n")
            : $"  members one by one, and not in one TorchScript function: {reason}\n";
        return reason is null ? function : null;
    }

    static ScriptDecisions? Of(NetworkDecisions networks, string vote) =>
        EnsembleScript.Of(networks, vote, isStacked: false) is { } separate
            ? new(
                networks, separate,
                networks.Members.Stacks.Any() ? EnsembleScript.Of(networks, vote, isStacked: true) : null)
            : null;

    /// <inheritdoc/>
    public Decision Decide(Tensor images)
    {
        var (count, most) = (images.size(0), networks.Choices.Part);
        if (count <= most)
            return (stacked is not null && count <= networks.Choices.StackUpTo ? stacked : separate).Decide(images);
        var parts = new List<Decision>();
        for (var start = 0L; start < count; start += most)
        {
            using var some = images.narrow(0, start, Math.Min(most, count - start));
            parts.Add(separate.Decide(some));
        }

        return HostImages.Joined(parts);
    }

    /// <summary>What is wrong with the function on this device; null when it decides as the networks do.</summary>
    string? Complaint()
    {
        using var scope = NewDisposeScope();
        var images = Planner.Images(CheckedImages, networks.Options, networks.Device);
        using var exact = networks.Device.type == DeviceType.CUDA ? new WithoutTf32() : null;
        var expected = networks.Decide(images);
        try
        {
            foreach (var function in new[] { separate, stacked }.OfType<EnsembleScript>())
            {
                for (var run = 0; run < Runs; run++)
                {
                    var found = function.Decide(images);
                    if (!Agree(expected.MemberLogits, found.MemberLogits)
                        || !Agree(expected.GateScores, found.GateScores)
                        || !Agree(expected.Scores, found.Scores)
                        || (networks.Options.Precision == Precision.Float32 && !found.Labels.Equals(expected.Labels)))
                        return "it decides otherwise on this device";
                }
            }
        }
        catch (ExternalException exception)
        {
            return $"it fails on this device: {exception.Message.Split('\n')[0]}";
        }

        return null;
    }

    List<(int Batch, double Networks, double Function)> Measured()
    {
        var rows = new List<(int, double, double)>();
        foreach (var batch in batches)
        {
            using var images = Planner.Images(batch, networks.Options, networks.Device);
            var times = PairedTurns.Least(
                WorkClock.For(networks.Device).Milliseconds, [() => networks.Decide(images), () => Decide(images)]);
            rows.Add((batch, times[0], times[1]));
        }

        return rows;
    }

    bool Agree(Tensor expected, Tensor found)
    {
        var tolerance = networks.Options.Precision != Precision.Float32 ? ToleranceOfHalf
            : networks.Device.type == DeviceType.CUDA ? ToleranceOnCuda
            : Tolerance;
        return expected.shape.SequenceEqual(found.shape)
            && found.allclose(expected, rtol: tolerance, atol: tolerance, equal_nan: true);
    }

    /// <inheritdoc/>
    public void Dispose() => networks.Dispose();
}
