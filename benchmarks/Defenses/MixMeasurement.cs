using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>
/// Mixes an undefended network and one trained by PGD, and attacks the mixes and each of the two. Votes are fitted on
/// test images that are not attacked, at the largest radius of the table.
/// </summary>
/// <param name="setting">The table.</param>
/// <param name="data">Where the images are.</param>
/// <param name="work">Where checkpoints and unfinished evaluations are kept.</param>
sealed class MixMeasurement(Setting setting, DataFolder data, string work)
{
    const string Accurate = "Undefended", Robust = "PGD training";

    /// <summary>Of those that the table's settings name, the first so many.</summary>
    const int TestImages = 200;

    const int ValidationImages = 1000;

    /// <summary>What can be measured: each member alone, and both by a voting rule.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [nameof(MixedNuts), Robust, nameof(StackedMean), nameof(MeanProbability), Accurate];

    public Outcome Of(string name, int seed)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(Path.Combine(work, setting.Name)).FullName;
        using var all = setting.LoadAll(data);
        using var test = setting.LoadTest(data);
        using var attacked = test.Take(TestImages);
        using var validation = Others(all, setting.LoadTest(data));
        Component[] members = [new("Accurate", Trained(Accurate, seed)), new("Robust", Trained(Robust, seed))];
        var threat = new ThreatModel(Norm.Linf, setting.Epsilon);
        var surface = name switch
        {
            nameof(MixedNuts) => Fitted(FittedVote.Of<MixedNuts>(2)),
            nameof(StackedMean) => Fitted(FittedVote.Of<StackedMean>(2)),
            nameof(MeanProbability) => AttackSurface.FromComponents(() => new(
                members, VotingRule.From<MeanProbability>(), full(2, 0.5f, device: Hardware.Device), quorum: 1)),
            _ => AttackSurface.FromClassifier(members[name == Accurate ? 0 : 1].Module, name),
        };
        var result = RobustnessEvaluation.Run(
            surface, name, attacked, threat,
            [new AutoAttack(), new Pgd { Steps = 100, Restarts = 6 }, new Mora()],
            new EvaluationOptions
            {
                BatchSize = Hardware.BatchSize,
                ResultsFolder = Path.Combine(folder, $"mix-{name}-{seed}"),
                Checks = CheckBudget.Quick,
            });
        Console.Error.WriteLine(result);
        return new Outcome(
            name, seed, Hardware.Name(), 0, attacked.Count,
            (int)Math.Round(result.Clean.Value * attacked.Count), [Measurement.At(result, setting.Epsilon)]);

        AttackSurface Fitted(FittedVote vote)
        {
            Components Both() => new(members, vote, quorum: 1);
            Tensor[] found = [.. members.Select(member => new Apgd().Run(
                AttackSurface.FromClassifier(member.Module), validation.Images, validation.Labels, threat,
                new AttackOptions()).Images)];
            Both().FitVote(validation, found);
            Console.Error.WriteLine($"{name}: {string.Join(", ", vote.Numbers.data<float>().ToArray())}");
            return AttackSurface.FromComponents(Both);
        }
    }

    Classifier Trained(string name, int seed)
    {
        using var training = setting.LoadTraining(data);
        manual_seed(seed);
        var method = Method.All.Single(method => method.Name == name);
        var classifier = method.Make(setting.Networks, setting).to(Hardware.Device);
        var kept = Outcome.FileOf(Path.Combine(work, setting.Name), name, seed);
        classifier.Train(
            training,
            setting.Training with { Seed = seed, CheckpointPath = Path.ChangeExtension(kept, "safetensors") });
        return classifier;
    }

    /// <summary>Test images that are none of those of the table, evenly over all.</summary>
    static LabeledImages Others(LabeledImages all, LabeledImages used)
    {
        using (used)
        {
            var known = new FittedImages();
            known.Remember(used, CancellationToken.None);
            List<long> chosen = [];
            foreach (var i in Enumerable.Range(1, ValidationImages))
            {
                var place = (long)i * all.Count / ValidationImages - 1;
                using var one = all.Select([place]);
                if (known.CountKnown(one.Images).Known == 0)
                    chosen.Add(place);
            }
            return all.Select([.. chosen]);
        }
    }
}
