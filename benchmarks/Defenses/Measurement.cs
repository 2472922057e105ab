using System.Diagnostics;
using System.Globalization;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Evaluation;
using Ensembles.Numerics;
using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>Trains and attacks methods. What is finished is kept, epoch by epoch and attack by attack.</summary>
/// <param name="setting">The table.</param>
/// <param name="data">Where the images are.</param>
/// <param name="work">Where checkpoints and unfinished evaluations are kept.</param>
sealed class Measurement(Setting setting, DataFolder data, string work)
{
    public Outcome Of(Method method, int seed)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(Path.Combine(work, setting.Name)).FullName;
        var kept = Outcome.FileOf(folder, method.Name, seed);
        using var training = setting.LoadTraining(data);
        using var test = setting.LoadTest(data);
        using var guides = setting.LoadGuides(data);
        manual_seed(seed);
        using var classifier = method.Make(setting.Networks, setting).to(Hardware.Device);
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        classifier.Train(training, method.Training(setting.Training) with
        {
            Seed = seed,
            CheckpointPath = Path.ChangeExtension(kept, "safetensors"),
            Progress = new ImmediateProgress<TrainingProgress>(Say),
        });
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        List<RobustnessResult> results =
            [.. setting.Radii.Select(epsilon => Attacked(method, classifier, test, guides, epsilon, kept))];
        return new Outcome(
            method.Name,
            seed,
            Hardware.Name(),
            Math.Round(seconds),
            test.Count,
            (int)Math.Round(results[0].Clean.Value * test.Count),
            [.. results.Zip(setting.Radii, At)]);

        void Say(TrainingProgress at)
        {
            if (at.Batch == at.Batches)
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{method.Name}, seed {seed}, {at.Stage}: epoch {at.Epoch} of {at.Epochs}, loss {at.Loss:f3}"));
        }
    }

    RobustnessResult Attacked(
        Method method, NetworkClassifier classifier, LabeledImages test, LabeledImages guides, double epsilon,
        string kept)
    {
        var result = RobustnessEvaluation.Run(
            AttackSurface.FromClassifier(classifier),
            method.Name,
            test,
            new ThreatModel(Norm.Linf, epsilon),
            [
                new AutoAttack(),
                new Pgd { Steps = 200, Restarts = 2 },
                new FeatureAttack { Guides = guides, Restarts = 2 },
            ],
            new EvaluationOptions
            {
                BatchSize = Hardware.BatchSize,
                ResultsFolder = Path.ChangeExtension(kept, $"{epsilon:f4}"),
                Checks = CheckBudget.Quick,
            });
        Console.Error.WriteLine(result);
        return result;
    }

    public static OutcomeAt At(RobustnessResult result, double epsilon)
    {
        var first = result.Attacks[0];
        return new OutcomeAt(
            epsilon,
            first.Attacked - first.Confirmed,
            (int)Math.Round(result.At(epsilon).Lenient.Value * result.Count),
            result.Invalid,
            [.. result.Attacks.Select(record => record.Attack)]);
    }
}
