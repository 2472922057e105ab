using System.Diagnostics;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks.Certificates;

/// <summary>Certifies and attacks.</summary>
/// <param name="data">Where MNIST is.</param>
/// <param name="work">Where unfinished evaluations are kept.</param>
/// <param name="results">Where outcomes are kept.</param>
sealed class Measurement(DataFolder data, string work, string results)
{
    /// <summary>Images under attack; fewer of smoothed classifiers, whose every draw costs a hundred copies.</summary>
    const int Attacks = 500, SmoothedAttacks = 50;

    static readonly double[] ofL2 = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5];

    /// <summary>A network in Linf, by bounds at each radius.</summary>
    public void Proven(string name, IntervalBoundClassifier classifier, double radius) => Keep(
        name, Norm.Linf, Attacks, [0, 0.1, 0.2, radius], AttackSurface.FromClassifier(classifier),
        [0.1, radius], [new AutoAttack(), new Pgd { Steps = 100, Restarts = 2 }],
        images => at => new BoundCertifier().Holds(classifier, images.Images, images.Labels, at));

    /// <summary>An ensemble in Linf, by intervals of its members.</summary>
    public void Proven(string name, Components components, double radius) => Keep(
        name, Norm.Linf, Attacks, [0, 0.1, 0.2, radius], AttackSurface.FromComponents(() => components),
        [0.1, radius], [new AutoAttack(), new Pgd { Steps = 100, Restarts = 2 }],
        images => Of(new EnsembleCertifier(new IntervalBounds()).Certify(components, images.Images).Lenient, images));

    /// <summary>A smoothed classifier in L2.</summary>
    public void Smoothed(string name, SmoothedClassifier classifier) => Keep(
        name, Norm.L2, SmoothedAttacks, ofL2, AttackSurface.FromClassifier(classifier),
        [0.5, 1], [new Pgd { Steps = 20, Restarts = 1 }], images => Of(classifier.Certify(images.Images), images));

    static Func<double, Tensor> Of(Certificate certificate, LabeledImages images) =>
        radius => certificate.Holds(images.Labels, radius);

    void Keep(
        string name, Norm norm, int attacked, double[] radii, AttackSurface surface, double[] attackedRadii,
        IReadOnlyList<IAttack> attacks, Func<LabeledImages, Func<double, Tensor>> certify)
    {
        var file = Outcome.FileOf(results, name);
        if (Outcome.Read(file) is not null)
            return;
        using var scope = NewDisposeScope();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        // All test images in Linf; the first 500 in L2, as sampling takes its time.
        var test = data.Mnist(Subset.Test, norm == Norm.Linf ? null : Limit.First(500)).To(Hardware.Device);
        var holds = certify(test);
        bool[][] proven = [.. radii.Select(radius => holds(radius).cpu().data<bool>().ToArray())];
        var curve = new Curve(test.Count, radii, [.. proven.Select(images => images.Count(right => right))]);
        Console.Error.WriteLine($"{name}: {string.Join(", ", curve.Right)} of {test.Count}");
        var first = data.Mnist(Subset.Test, Limit.First(attacked)).To(Hardware.Device);
        var stood = new List<Attacked>();
        foreach (var radius in attackedRadii)
        {
            var result = RobustnessEvaluation.Run(
                surface, name, first, new ThreatModel(norm, radius), attacks,
                new EvaluationOptions
                {
                    BatchSize = Hardware.BatchSize,
                    ResultsFolder = Path.Combine(work, FormattableString.Invariant($"{name} at {radius}")),
                    Checks = CheckBudget.Quick,
                });
            Console.Error.WriteLine(result);
            stood.Add(new Attacked(
                radius, attacked, proven[Array.IndexOf(radii, radius)].Take(attacked).Count(right => right),
                (int)Math.Round(result.At(radius).Lenient.Value * attacked), result.Invalid));
        }

        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        new Outcome(name, norm.ToString(), Hardware.Name(), Math.Round(seconds), curve, stood).Write(file);
    }
}
