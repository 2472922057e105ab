using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>A report of made-up figures, consistent among themselves, for tests of how reports are written.</summary>
static class SampleReport
{
    const int Count = 400;
    static readonly double[] radii = [0.05, 0.1, 0.15, 0.2, 0.3];
    const double Threat = 0.15;

    public static RobustnessReport Create(params SanityCheck[] checks) => new()
    {
        Title = "FiveStrengths on the embedded set",
        Dataset = "Embedded shapes & textures, 400 test images",
        Command = "dotnet run --project examples/QuickStart -c Release -- --seed 1 > \"out\"",
        Result = Result(checks),
        Timings = [new("training Transfer", 31.2), new("training Compact", 124)],
        ClassNames = ["circle", "square", "<triangle>"],
    };

    static AblationResult Result(SanityCheck[] checks)
    {
        var random = new Random(4);
        var whole = Defense("FiveStrengths", random, 0.17, 0.12, draws: 10, radii);
        RobustnessResult[] members =
        [
            Defense("Transfer", random, 0.12, null, 1, radii), Defense("Pruned", random, 0.05, null, 10, radii),
            Defense("Compact", random, 0.02, null, 1, radii), Defense("Edges", random, 0.13, null, 1, radii),
        ];
        string[] components = ["Transfer", "Pruned", "Compact", "Edges", "Uncertainty"];
        double[] without = [0.125, 0.165, 0.2, 0.14, 0.155];
        RobustnessResult[] reduced =
        [
            .. components.Select((name, i) => Defense(
                $"FiveStrengths without {name}", random, without[i], without[i] - 0.03, i == 1 ? 1 : 10, [Threat])),
        ];

        PairedDifference[] Family(RobustnessResult[] others, Criterion criterion) =>
            PairedDifference.CompareFamily(
                Survived(whole, criterion), [.. others.Select(other => Survived(other, criterion))]);
        var (lenient, strict, versus) = (
            Family(reduced, Criterion.Misclassified),
            Family(reduced, Criterion.Disrupted),
            Family(members, Criterion.Misclassified));
        return new AblationResult
        {
            Declaration = new(
                "FiveStrengths", "MeanProbability", 1,
                [
                    new(
                        "Transfer",
                        "EnsembleAdversarialClassifier",
                        [Category.NonRobustFeatures],
                        ["worst-case marginalization"],
                        1),
                    new(
                        "Pruned",
                        "StochasticPruningClassifier",
                        [Category.GradientMasking],
                        ["test-time randomness"],
                        1),
                    new("Compact", "CenterLossClassifier", [Category.FeatureSeparation, Category.NonRobustFeatures],
                        ["intra-class compactness"], 1),
                    new("Edges", "EdgeClassifier", [Category.NonRobustFeatures], ["non-robust feature removal"], 1),
                ],
                [
                    new(
                        "Uncertainty",
                        "BayesianUncertaintyDetector",
                        [Category.Detection],
                        ["adversarial rejection"],
                        0.05),
                ]),
            Threat = new ThreatModel(Norm.Linf, Threat),
            Attacks =
            [
                new(
                    "PGD-20 x 4",
                    "Pgd",
                    new Dictionary<string, string> { ["Steps"] = "20", ["Restarts"] = "4", ["RandomStart"] = "True" }),
            ],
            Seed = 1,
            BatchSize = 128,
            ClassCount = 10,
            ValidationCount = 500,
            Whole = whole with
            {
                Checks = checks.Length > 0 ? checks :
                [
                    new(
                        "iterating is at least as strong as one step",
                        true,
                        "robust accuracy 41.0% under PGD-20 x 4, 63.5% under FGSM"),
                    new("a huge radius brings accuracy down to chance", true, "0.0% at Linf 0.5"),
                ],
                Lowered = [new("the attack leaves nothing to <noise>", 2)],
            },
            Members = members,
            Undefended = Defense("Undefended", random, 0.02, null, 1, radii),
            Reduced = reduced,
            Contributions = [.. components.Select((name, i) => new Contribution(
                name,
                Role: i == 4 ? "gate" : "member",
                lenient[i],
                strict[i],
                ReplayedLenient: Rate.Of(0.7 * Count, Count),
                ReplayedStrict: Rate.Of(0.6 * Count, Count),
                name == "Pruned" ? "Athalye et al. broke it; it is here because the paper's example has it." : null))],
            VersusControls =
            [
                new ControlComparison(ControlKind.SingleCategory, "NonRobustFeatures", versus[0]),
                new ControlComparison(ControlKind.Copies, "Pruned", versus[1]),
                new ControlComparison(ControlKind.UndefendedInPlace, "Edges", versus[2]),
            ],
            VersusMembers = [.. members.Select((member, i) => new MemberComparison(member.Name, versus[i]))],
            Subsets = new SubsetFigures
            {
                Components = ["Compact", "Edges"],
                Subsets =
                [
                    Replayed(0.2, "Compact"), Replayed(0.45, "Edges"), Replayed(0.4, "Compact", "Edges"),
                ],
                Shares =
                [
                    new ComponentShare("Compact", new Estimate(0.075, 0.05, 0.1)),
                    new ComponentShare("Edges", new Estimate(0.325, 0.3, 0.35)),
                ],
                Pairs = [new PairShare("Compact", "Edges", new Estimate(-0.25, -0.3, -0.2))],
                Replayed = 1234,
                Draws = 4,
            },
            Claims =
            [
                new MeasuredClaim
                {
                    Component = "Compact",
                    Strength = "intra-class compactness",
                    Verdict = ClaimVerdict.Holds,
                    Quantity = "compactness ratio q: mean distance to the class center over ...",
                    Defense = new Estimate(0.21, 0.18, 0.24),
                    Twin = new Estimate(0.62, 0.55, 0.69),
                    Required = 0.372,
                    Parts = 5,
                    ShowsOnParts = 5,
                },
                new MeasuredClaim
                {
                    Component = "Edges",
                    Strength = "non-robust feature removal",
                    Verdict = ClaimVerdict.Fails,
                    Quantity = "change of the output when <faint> frequencies are exchanged",
                    Defense = new Estimate(0.44, 0.4, 0.48),
                    Twin = new Estimate(0.52, 0.48, 0.56),
                    Required = 0.26,
                    Parts = 5,
                },
                new MeasuredClaim
                {
                    Component = "Pruned",
                    Strength = "test-time randomness",
                    Verdict = ClaimVerdict.NotMeasured,
                    Reason = "it <threw>",
                },
            ],
            Gates = [new GateRate("Uncertainty", 0.05, 23, Count, 500)],
            GateCurve =
            [
                new GatePoint(
                    0.5, [0.025], Rate.Of(380, Count), Rate.Of(391, Count), Rate.Of(150, Count), Rate.Of(120, Count)),
                new GatePoint(
                    1, [0.05], Rate.Of(371, Count), Rate.Of(377, Count), Rate.Of(161, Count), Rate.Of(113, Count)),
            ],
            Gallery = [.. Enumerable.Range(0, 8).Select(i => Item(i, random))],
        };
    }

    static ReplayedSubset Replayed(double lenient, params string[] components) => new(
        components, Rate.Of(390, Count), Rate.Of(Count, Count), Rate.Of(lenient * Count, Count),
        Rate.Of(lenient * Count, Count));

    static (int[], int) Survived(RobustnessResult defense, Criterion criterion) =>
        (defense.Survival.Under(criterion)[defense.Survival.Level(Threat)], defense.Survival.Draws);

    /// <summary>A defense whose images fall at radii spread around a middle one.</summary>
    static RobustnessResult Defense(string name, Random random, double lenient, double? strict, int draws, double[] at)
    {
        var right = Enumerable.Range(0, Count).Select(
            _ => random.NextDouble() < 0.95 ? draws : random.Next(draws)).ToArray();
        var survival = Survival.OfClean(at, draws, right);
        for (var image = 0; image < Count; image++)
        {
            // The same images are hard for all.
            var hardness = (new Random(image).NextDouble() + 0.6 * random.NextDouble()) / 1.6 * 2;
            for (var level = 1; level <= at.Length; level++)
            {
                if (at[level - 1] > lenient * hardness)
                    survival.Lower(image, level, 0, 0);
                else if (at[level - 1] > (strict ?? lenient) * hardness)
                    survival.Lower(image, level, draws, 0);
            }
        }
        AttackRecord Record(Criterion criterion) =>
            new(name, "PGD-20 x 4", criterion.Name, Threat, 372, 190, 189, 1_234_567, 1_200_000, 12.34, null);
        return new RobustnessResult
        {
            Name = name,
            Survival = survival,
            Accepted = [.. Enumerable.Range(0, Count).Select(i => strict is null || right[i] > 0 ? draws : 0)],
            Attacks = strict is null
                ? [Record(Criterion.Misclassified)]
                : [Record(Criterion.Misclassified), Record(Criterion.Disrupted)],
        };
    }

    static GalleryItem Item(int index, Random random)
    {
        using var scope = NewDisposeScope();
        var clean = zeros(1, 28, 28);
        for (var y = 0; y < 28; y++)
        {
            for (var x = 0; x < 28; x++)
                clean[0, y, x] = Math.Abs(Math.Sqrt((x - 14) * (x - 14) + (y - 14) * (y - 14)) - 8) < 1.5 ? 0.9f : 0.1f;
        }
        var noise = tensor(
            Enumerable.Range(0, 784).Select(_ => random.Next(2) == 0 ? -0.15f : 0.15f).ToArray()).view(1, 28, 28);
        var adversarial = (clean + noise).clamp(0, 1);
        var outcome = index < 5 ? GalleryOutcome.Misled : index < 7 ? GalleryOutcome.Rejected : GalleryOutcome.Survived;
        var decided = outcome switch
        {
            GalleryOutcome.Misled => (index + 1) % 4,
            GalleryOutcome.Rejected => Decision.Reject,
            _ => index % 4,
        };
        return new GalleryItem(
            17 * index + 3,
            index % 4,
            outcome,
            decided,
            [new("Transfer", 1), new("Pruned", 2), new("Compact", 2), new("Edges", 7)],
            "PGD-20 x 4, Misclassify, Linf 0.15, against FiveStrengths",
            0.15,
            3.3,
            Png.Encode(clean),
            Png.Encode(adversarial),
            Png.Encode((adversarial - clean) * 3.3 + 0.5));
    }
}
