using System.Globalization;
using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Makes plans of ensembles that an engine holds as a whole, where it decides as the ensemble does and is no slower.
/// </summary>
static class EnginePlanner
{
    /// <summary>
    /// The most images at once: so many that the largest value between two operations stays in the cache, and in any
    /// case as many as it pays to read weights once for.
    /// </summary>
    const int SmallestPart = 32, LargestPart = 256;
    const long BytesInCache = 4 << 20;

    /// <summary>Batches for which the engine and the ensemble's own components take turns.</summary>
    static readonly int[] batches = [1, 8, 32];

    /// <summary>
    /// Milliseconds; a batch for which the own components would take longer is not tried, and neither is one for which
    /// they would take a while where the engine leads by far already: its time for an image is no longer in larger
    /// batches, which it computes in parts.
    /// </summary>
    const double LongestCall = 600;
    const double Long = 30;
    const double Lead = 1.5;

    /// <summary>How far numbers may lie from the ensemble's own, as a share of 1 or of their size.</summary>
    const double Tolerance = 1e-5;

    /// <summary>The plan; null where there is none, for a reason.</summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="options">Options with an engine, for a CPU and float32.</param>
    /// <param name="sample">Some images.</param>
    /// <param name="reason">Why there is none, in words.</param>
    public static EnsemblePlan? Plan(Ensemble ensemble, CompileOptions options, Tensor sample, out string reason)
    {
        var engine = options.Engine!;
        EngineSession? session = null;
        try
        {
            session = engine.Open(ensemble, options.ImageShape);
            using var own = new OwnForwards(ensemble.Components, sample);
            using var found = EngineDecisions.Of(session, sample);
            reason = "it decides otherwise than the components' own forward";
            if (Agree(own.Decide(sample), found) && Agree(found, Halves(session, sample)))
            {
                var rows = options.Choices is null ? Measured(session, own, options, WorkClock.For(CPU)) : [];
                if (rows.All(row => row.Engine <= row.Own))
                    return Plan(ensemble, options, session, found, rows);
                reason = $"it is slower than the components' own forward on {rows.First(r => r.Engine > r.Own).Batch} "
                    + "images";
            }
        }
        catch (GraphException exception)
        {
            reason = exception.Message.TrimEnd('.');
        }

        session?.Dispose();
        return null;
    }

    static EnsemblePlan Plan(
        Ensemble ensemble, CompileOptions options, EngineSession session, Decision found,
        IReadOnlyList<(int Batch, double Own, double Engine)> rows)
    {
        var components = ensemble.Components;
        var part = Math.Clamp(BytesInCache / (sizeof(float) * session.LargestValue), SmallestPart, LargestPart);
        var choices = options.Choices
            ?? new PlanChoices(ChannelsLast: false, (int)part, StackUpTo: 0, Engine: true);
        var (members, gates) = ((int)found.MemberLogits.size(0), (int)found.GateScores.size(0));
        var names = string.Join(", ", components.All.Select(component => component.Name));
        var gains = string.Join(", ", rows.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{row.Own / row.Engine:f2} for {row.Batch}")));
        return new EnsemblePlan
        {
            Decisions = new EngineDecisions(session, choices.Part)
            {
                MemberCount = members,
                GateCount = gates,
                Classes = found.Scores.size(1),
            },
            Options = options,
            Device = CPU,
            Choices = choices,
            Description =
                $"Plan of {ensemble.Declaration.Name} for images [N, {string.Join(", ", options.ImageShape)}] on cpu, "
                    + $"{options.Precision}\n"
                    + $"  {options.Engine!.Name}, as one graph: {names}, vote{(gates > 0 ? " and gates" : "")}\n"
                    + $"  parts: {choices.Part} images at once\n"
                    + (rows.Count == 0 ? ""
                        : "  times faster than the components' own forward on copies, in inference mode (least of "
                            + $"paired turns, {WorkClock.For(CPU).Words}): {gains} images\n"),
        };
    }

    static List<(int Batch, double Own, double Engine)> Measured(
        EngineSession session, OwnForwards own, CompileOptions options, WorkClock clock)
    {
        var rows = new List<(int Batch, double Own, double Engine)>();
        foreach (var batch in batches)
        {
            if (rows is [.., var last]
                && last.Own / last.Batch * batch > (last.Engine * Lead < last.Own ? Long : LongestCall))
                break;
            using var images = Planner.Images(batch, options, CPU);
            var times = PairedTurns.Least(
                clock.Milliseconds, [() => own.Decide(images), () => EngineDecisions.Of(session, images)],
                least => Math.Abs(Math.Log(least[0] / least[1])) > Math.Log(Lead));
            rows.Add((batch, times[0], times[1]));
        }

        return rows;
    }

    static Decision Halves(EngineSession session, Tensor images)
    {
        var parts = images.chunk(2).Select(half => EngineDecisions.Of(session, half)).ToList();
        return HostImages.Joined(parts);
    }

    static bool Agree(Decision expected, Decision found) =>
        expected.Labels.Equals(found.Labels)
        && Agree(expected.Scores, found.Scores)
        && Agree(expected.MemberLogits, found.MemberLogits)
        && Agree(expected.GateScores, found.GateScores);

    static bool Agree(Tensor expected, Tensor found) =>
        expected.shape.SequenceEqual(found.shape)
        && found.allclose(expected, rtol: Tolerance, atol: Tolerance, equal_nan: true);
}
