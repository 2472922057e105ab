using Ensembles.Attacks;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Draws the conclusions of a study from its judged defenses.</summary>
/// <param name="study">The study.</param>
/// <param name="options">Seed, batch size, cancellation.</param>
/// <param name="defenses">Its defenses, judged on everything found.</param>
sealed class Findings(AblationStudy study, EvaluationOptions options, StudiedDefenses defenses)
{
    /// <summary>By how much images made against its parts may beat the attack on the whole.</summary>
    const double AllowedOfParts = 0.05;

    readonly MeasuredDefense whole = defenses.Whole;
    readonly double epsilon = study.Threat.Epsilon;
    readonly int validationCount = (int)(study.ValidationImages?.size(0) ?? 0);

    /// <summary>Puts the result together.</summary>
    public AblationResult Summarize() => new()
    {
        Declaration = study.Ensemble.Declaration,
        Threat = study.Threat,
        Attacks = [.. study.Attacks.Select(AttackDescription.Describe)],
        Seed = study.Seed,
        BatchSize = study.BatchSize,
        ClassCount = study.Images.ClassCount,
        ImagesHash = Fingerprint.OfImages(study.Images),
        ValidationCount = validationCount,
        Whole = whole.Result with
        {
            Checks = options.Checks == CheckBudget.None
                ? whole.Result.Checks
                : [.. whole.Result.Checks, OwnAttackIsStrongest()],
            Certified = Certified(),
        },
        Members = [.. defenses.Members.Select(member => member.Result)],
        Undefended = defenses.Undefended?.Result,
        Reduced = [.. defenses.Reduced.Select(reduced => reduced.Result)],
        Contributions = Contributions(),
        VersusMembers = VersusMembers(),
        Controls = [.. defenses.Controls.Select(control => control.Result)],
        VersusControls = VersusControls(),
        Gates = GateRates(),
        Gallery = new Gallery(whole.Surface, whole.Result.Survival, study.Images, study.Threat, options)
            .Show([.. defenses.All.SelectMany(defense => defense.Found).Select(found => found.Candidates)]),
    };

    CertifiedAccuracy? Certified()
    {
        if (study.Certify is not { } certify)
            return null;
        using var certificate = certify(study.Images.Images);
        return CertifiedAccuracy.Of(certificate, study.Images, study.Threat.Norm);
    }

    Contribution[] Contributions()
    {
        var lenient = Compare(defenses.Reduced, Criterion.Misclassified);
        var strict = Compare(defenses.Reduced, Criterion.Disrupted);
        return [.. defenses.Reduced.Select((reduced, i) => new Contribution(
            reduced.Component,
            RoleOf(reduced.Component),
            lenient[i],
            strict[i],
            reduced.Replay.Mean(Criterion.Misclassified, epsilon),
            reduced.Replay.Mean(Criterion.Disrupted, epsilon),
            study.MayAddNothing.GetValueOrDefault(reduced.Component)))];
    }

    string RoleOf(string component) =>
        study.Ensemble.Components.All.FirstOrDefault(other => other.Name == component) switch
        {
            null => "member",
            { IsFront: true } => "front",
            { IsGate: true } => "gate",
            _ => "member",
        };

    MemberComparison[] VersusMembers()
    {
        var lenient = Compare(defenses.Members, Criterion.Misclassified);
        return [.. defenses.Members.Select((member, i) => new MemberComparison(member.Name, lenient[i]))];
    }

    /// <summary>Each kind answers a question of its own, and is corrected by itself.</summary>
    ControlComparison[] VersusControls() =>
    [
        .. study.Controls.Zip(defenses.Controls).GroupBy(pair => pair.First.Kind).SelectMany(kind =>
            kind.Zip(Compare([.. kind.Select(pair => pair.Second)], Criterion.Misclassified), (pair, lenient) =>
                new ControlComparison(kind.Key, pair.First.Subject, lenient))),
    ];

    PairedDifference[] Compare(IReadOnlyList<MeasuredDefense> others, Criterion criterion)
    {
        (int[], int) Survived(MeasuredDefense defense)
        {
            var survival = defense.Result.Survival;
            return (survival.Under(criterion)[survival.Level(epsilon)], survival.Draws);
        }
        return PairedDifference.CompareFamily(Survived(whole), [.. others.Select(Survived)]);
    }

    /// <summary>The rate of each gate by itself on the clean test images, in one draw for each image.</summary>
    GateRate[] GateRates()
    {
        var gates = study.Ensemble.Declaration.AllGates;
        var (images, count) = (study.Images.Images, study.Images.Count);
        var rejected = new long[gates.Count];
        random.manual_seed(Seeds.Of(options.Seed, "gates"));
        for (var start = 0; start < count && gates.Count > 0; start += options.BatchSize)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var batch = images.narrow(0, start, Math.Min(options.BatchSize, count - start));
            using var output = whole.Surface.Evaluate(batch, draws: 1);
            var rejects = GateThreshold.Rejects(output.GateScores, output.GateThresholds.unsqueeze(1));
            var rejections = HostMemory.ReadLongs(rejects.sum(1));
            for (var gate = 0; gate < gates.Count; gate++)
                rejected[gate] += rejections[gate];
        }
        return [.. gates.Select((gate, i) =>
            new GateRate(gate.Name, gate.FalsePositiveRate, (int)rejected[i], count, validationCount))];
    }

    /// <summary>
    /// An attack that follows the gradient of the whole should not lose to images made against its parts: if it does,
    /// the whole hides its gradient, and even the worst over all images flatters it.
    /// </summary>
    SanityCheck OwnAttackIsStrongest()
    {
        var own = whole.Replay.Mean(Criterion.Misclassified, epsilon).Value;
        var all = whole.WithoutChecks.Mean(Criterion.Misclassified, epsilon).Value;
        return new SanityCheck(
            "the attack on the whole beats images made against its parts",
            own - all <= AllowedOfParts + 1e-9,
            Invariant($"lenient robust accuracy {100 * own:0.0}% under its own attack, {100 * all:0.0}% with all ")
            + Invariant($"replayed images (mean over draws; at most {100 * AllowedOfParts:0} points apart)"));
    }
}
