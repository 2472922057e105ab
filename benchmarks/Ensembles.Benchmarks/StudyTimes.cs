using System.Diagnostics;
using System.Globalization;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Numerics;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>Six members trained on perturbed images, by mean probability.</summary>
[Ensemble<MeanProbability>]
public partial class SixHardened
{
    [Member] public partial PgdAdversarialClassifier A { get; }
    [Member] public partial PgdAdversarialClassifier B { get; }
    [Member] public partial PgdAdversarialClassifier C { get; }
    [Member] public partial PgdAdversarialClassifier D { get; }
    [Member] public partial PgdAdversarialClassifier E { get; }
    [Member] public partial PgdAdversarialClassifier F { get; }
}

/// <summary>
/// Processor time of the steps of a study, and of a search that replays every set of members under eight rules, beside
/// one attack on the whole.
/// </summary>
static class StudyTimes
{
    const int TrainingImages = 2000, TestImages = 200;

    static readonly ThreatModel threat = new(Norm.Linf, 0.05);

    static readonly IAttack[] attacks = [new Pgd { Steps = 40 }];

    public static void Print()
    {
        var data = new TextureShapes();
        using var training = data.Generate(TrainingImages, seed: 1);
        using var test = data.Generate(TestImages, seed: 2);
        using var heldOut = data.Generate(TestImages, seed: 3);
        using var ensemble = Trained(training);

        var study = Timed(progress => new AblationStudy
        {
            Ensemble = ensemble,
            Images = test,
            Threat = threat,
            Attacks = attacks,
            Checks = CheckBudget.None,
        }.Run(progress));
        var whole = Sum(study, $"attacking {nameof(SixHardened)} at");
        Console.WriteLine($"{"step",-60} {"s",8} {"of the attack on the whole",28}");
        Print("study", study, whole);
        Line("each left out, attacked anew, together", Sum(study, $"attacking {nameof(SixHardened)} without"), whole);

        var search = Timed(progress => new EnsembleSearch
        {
            Classifiers = ensemble.Members,
            Images = test,
            HeldOut = heldOut,
            Threat = threat,
            Attacks = attacks,
            Rules = [.. SearchedRule.All, SearchedRule.From<WeightedMean>()],
            MostMembers = 6,
            MostAttacked = 1,
            Checks = CheckBudget.None,
        }.Run(progress));
        Print("search", search, whole);
    }

    static void Print(string what, IReadOnlyList<(string Name, double Seconds)> steps, double whole)
    {
        foreach (var (name, seconds) in steps)
            Line(name, seconds, whole);
        Line($"the whole {what}", steps.Sum(step => step.Seconds), whole);
    }

    static void Line(string name, double seconds, double whole) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{name,-60} {seconds,8:f2} {seconds / whole,28:f2}"));

    static double Sum(IEnumerable<(string Name, double Seconds)> steps, string begin) =>
        steps.Where(step => step.Name.StartsWith(begin, StringComparison.Ordinal)).Sum(step => step.Seconds);

    /// <summary>Seconds of the processor in each step, in order.</summary>
    static List<(string Name, double Seconds)> Timed(Action<IProgress<StudyProgress>> run)
    {
        List<(string Name, double Seconds)> steps = [];
        var (name, from) = ("before the first step", Now());
        run(new ImmediateProgress<StudyProgress>(at =>
        {
            if (at.Step == name)
                return;
            steps.Add((name, Now() - from));
            (name, from) = (at.Step, Now());
        }));
        steps.Add((name, Now() - from));
        return steps;
    }

    static double Now() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    static SixHardened Trained(LabeledImages training)
    {
        random.manual_seed(1);
        var networks = new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10);
        PgdAdversarialClassifier Member() => new(networks, epsilon: 0.08, steps: 5);
        var ensemble = new SixHardened(Member(), Member(), Member(), Member(), Member(), Member());
        ensemble.Train(training, new TrainingOptions { Epochs = 4, Seed = 1 });
        ensemble.eval();
        return ensemble;
    }
}
