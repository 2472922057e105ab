using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>
/// Trains detectors and attacks the undefended network behind each of them. What is finished is kept, epoch by epoch
/// and attack by attack.
/// </summary>
/// <param name="setting">The table.</param>
/// <param name="data">Where the images are.</param>
/// <param name="work">Where checkpoints and unfinished evaluations are kept.</param>
sealed class DetectorMeasurement(Setting setting, DataFolder data, string work)
{
    const double FalsePositiveRate = 0.05;

    /// <summary>Training images kept for the thresholds.</summary>
    const int ValidationImages = 1000;

    /// <summary>Test images: a detector is asked in every step, some of them for fifty draws.</summary>
    const int TestImages = 200;

    public DetectorOutcome Of(DetectorMethod method, int seed)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(Path.Combine(work, setting.Name, "detectors")).FullName;
        var kept = Outcome.FileOf(folder, method.Name, seed);
        using var all = setting.LoadTraining(data);
        using var allTest = setting.LoadTest(data);
        using var test = allTest.Take(TestImages);
        var (training, validation) = all.SplitStratified(all.Count - Math.Min(ValidationImages, all.Count / 5));
        using (training)
        using (validation)
        using (var shown = validation.Select([.. Enumerable.Range(0, validation.Count).Select(i => (long)i)]))
        {
            manual_seed(seed);
            using var network = new UndefendedClassifier(setting.Networks).to(Hardware.Device);
            network.Train(training, Options(seed, Outcome.FileOf(folder, "network", seed)));
            manual_seed(seed + 1000);
            using var detector =
                method.Make(setting.Networks, (int)test.Images[0].numel(), setting.Epsilon).to(Hardware.Device);
            detector.Train(training, Options(seed + 1000, kept));
            var threshold = GateThreshold.Uncalibrated().to(Hardware.Device);
            GateThreshold.Calibrate(threshold, detector, shown.Images, FalsePositiveRate);
            var components = new Components(
                [new("Detector", detector, threshold), new("Network", network)],
                VotingRule.From<MeanLogit>(), ones(1, device: Hardware.Device), quorum: 1);
            var results = setting.Radii.Select(
                epsilon => Attacked(method, AttackSurface.FromComponents(() => components), test, epsilon, kept))
                .ToList();
            return new DetectorOutcome(
                method.Name,
                seed,
                Hardware.Name(),
                FalsePositiveRate,
                test.Count,
                results[0].Clean.Value,
                results[0].Coverage.Value,
                [.. results.Zip(setting.Radii, (result, epsilon) => At(result, components, network, test, epsilon))]);
        }
    }

    TrainingOptions Options(int seed, string kept) => setting.Training with
    {
        Seed = seed,
        CheckpointPath = Path.ChangeExtension(kept, "safetensors"),
    };

    static RobustnessResult Attacked(
        DetectorMethod method, AttackSurface surface, LabeledImages test, double epsilon, string kept)
    {
        var result = RobustnessEvaluation.Run(
            surface,
            method.Name,
            test,
            new ThreatModel(Norm.Linf, epsilon),
            [new Pgd { Steps = 100, Restarts = 3 }, new Apgd()],
            new EvaluationOptions
            {
                BatchSize = Hardware.BatchSize,
                ResultsFolder = Path.ChangeExtension(kept, $"{epsilon:f4}"),
                Checks = CheckBudget.Quick,
            });
        Console.Error.WriteLine(result);
        return result;
    }

    static DetectorOutcomeAt At(
        RobustnessResult result, Components components, UndefendedClassifier network, LabeledImages test,
        double epsilon)
    {
        var threat = new ThreatModel(Norm.Linf, epsilon);
        using var unaware =
            new Pgd { Loss = AttackLoss.Margin }.Run(network, test.Images, test.Labels, threat);
        using var aware = new Pgd { Steps = 100, Restarts = 3 }.Run(
            AttackSurface.FromComponents(() => components), test.Images, test.Labels, threat, new AttackOptions());
        var accuracy = result.At(epsilon);
        return new DetectorOutcomeAt(
            epsilon, accuracy.Lenient.Value, accuracy.Strict.Value, Area(unaware), Area(aware), result.Invalid);

        double? Area(AttackResult found)
        {
            using var noGradient = no_grad();
            var fooled = network.call(found.Images).argmax(1).ne(test.Labels);
            var area = RocCurve.Area(components.Gates[0].Module, found.Images[fooled], test.Images);
            return double.IsNaN(area) ? null : area;
        }
    }
}
