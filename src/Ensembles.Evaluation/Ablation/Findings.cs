using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Turns a study's finished trials into its result.</summary>
static class Findings
{
    public static AblationResult Of(AblationStudy study, EvaluationOptions options, Defender whole, Defender[] members, Defender[] reduced, Defender? undefended, IReadOnlyList<SanityCheck> checks) => new()
    {
        Declaration = study.Ensemble.Declaration,
        Threat = study.Threat,
        Attacks = [.. study.Attacks.Select(AttackDescription.Of)],
        Seed = study.Seed,
        BatchSize = study.BatchSize,
        ClassCount = study.Images.ClassCount,
        ValidationCount = ValidationCount(study),
        Whole = whole.Result,
        Members = [.. members.Select(member => member.Result)],
        Undefended = undefended?.Result,
        Reduced = [.. reduced.Select(variant => variant.Result)],
        Contributions = Contributions(study, whole, reduced),
        VersusMembers =
        [
            .. Compare(study, whole, members, Criterion.Misclassified)
                .Select((difference, i) => new MemberComparison(members[i].Name, difference)),
        ],
        Gates = Gates(study, options),
        Checks = [.. checks, OwnAttackIsStrongest(study, whole)],
        Gallery = new Gallery(whole.Surface, whole.Result.Survival, study.Images, study.Threat, options)
            .Show([.. ((Defender?[])[whole, .. members, .. reduced, undefended]).SelectMany(defender => defender?.Found ?? [])]),
    };

    static int ValidationCount(AblationStudy study) => (int)(study.ValidationImages?.size(0) ?? 0);

    static Contribution[] Contributions(AblationStudy study, Defender whole, Defender[] reduced)
    {
        var lenient = Compare(study, whole, reduced, Criterion.Misclassified);
        var strict = Compare(study, whole, reduced, Criterion.Disrupted);
        double MeanLenient(Defender defender) => defender.Result.At(study.Threat.Epsilon).LenientMean;
        return [.. reduced.Select((variant, i) => new Contribution(
            variant.Component,
            IsGate: study.Ensemble.Gates.Any(gate => gate.Name == variant.Component),
            lenient[i],
            strict[i],
            MeanLenient(whole) - MeanLenient(variant),
            variant.Replay.Worst(Criterion.Misclassified, study.Threat.Epsilon),
            variant.Replay.Worst(Criterion.Disrupted, study.Threat.Epsilon),
            study.MayAddNothing.GetValueOrDefault(variant.Component)))];
    }

    static PairedDifference[] Compare(AblationStudy study, Defender whole, Defender[] others, Criterion criterion)
    {
        bool[] Flags(Defender defender) => defender.Result.Survival.Flags(criterion, study.Threat.Epsilon);
        return PairedDifference.CompareFamily(Flags(whole), [.. others.Select(Flags)]);
    }

    /// <summary>Each gate by itself on the clean test images, one draw an image.</summary>
    static GateRate[] Gates(AblationStudy study, EvaluationOptions options)
    {
        var surface = study.Ensemble.Surface;
        var gates = study.Ensemble.Declaration.Gates;
        var rejected = new long[gates.Count];
        random.manual_seed(Seeds.Of(options.Seed, "gates"));
        for (var start = 0; start < study.Images.Count && gates.Count > 0; start += options.BatchSize)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            using var output = surface.Evaluate(study.Images.Images.narrow(0, start, Math.Min(options.BatchSize, study.Images.Count - start)), draws: 1);
            // As a gate decides: a score that is not a number rejects.
            var counts = output.GateScores.le(output.GateThresholds.unsqueeze(1)).logical_not().sum(1).cpu().data<long>().ToArray();
            for (var gate = 0; gate < gates.Count; gate++)
                rejected[gate] += counts[gate];
        }
        return [.. gates.Select((gate, i) => new GateRate(gate.Name, gate.FalsePositiveRate, (int)rejected[i], study.Images.Count, ValidationCount(study)))];
    }

    /// <summary>
    /// An attack with the gradient of the whole should not lose to images made against its parts: where it does, the
    /// whole hides its gradient, and even the worst over all of them flatters it.
    /// </summary>
    static SanityCheck OwnAttackIsStrongest(AblationStudy study, Defender whole)
    {
        const double Allowed = 0.05;
        var own = whole.Replay.Mean(Criterion.Misclassified, study.Threat.Epsilon).Value;
        var all = whole.Result.Survival.Mean(Criterion.Misclassified, study.Threat.Epsilon).Value;
        return new SanityCheck(
            "the attack on the whole beats images made against its parts",
            own - all <= Allowed + 1e-9,
            FormattableString.Invariant($"lenient robust accuracy {100 * own:0.0}% under its own attack, {100 * all:0.0}% with all replayed images (mean over draws; at most {100 * Allowed:0} points apart)"));
    }
}
