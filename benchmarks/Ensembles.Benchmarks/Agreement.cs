using System.Globalization;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>
/// How often plans decide as the ensemble does, on five trained networks and images they have not seen.
/// </summary>
static class Agreement
{
    const int TestImages = 10_000;

    public static void Print()
    {
        using var training = new TextureShapes().Generate(3000, seed: 1);
        using var test = new TextureShapes().Generate(TestImages, seed: 2);
        manual_seed(1);
        using var ensemble = Given.Shipped();
        foreach (var (i, member) in ensemble.Members.Index())
            ((UndefendedClassifier)member.Module).Train(training, new TrainingOptions { Seed = i, Epochs = 2 });
        ensemble.eval();

        Console.WriteLine("| plan | equal decisions | largest difference of a logit, in units of the largest logit |");
        Console.WriteLine("|---|---|---|");
        foreach (var precision in new[] { Precision.Float32, Precision.BFloat16 })
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var plan = ensemble.Compile(new CompileOptions(1, 28, 28) { Precision = precision });
            var (expected, actual) = (ensemble.call(test.Images), plan.Decide(test.Images));
            var equal = expected.Labels.eq(actual.Labels).sum().item<long>();
            var apart = (expected.MemberLogits - actual.MemberLogits).abs().max();
            var difference = (apart / expected.MemberLogits.abs().max()).item<float>();
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture, $"| {precision} | {equal} of {TestImages} | {difference:e1} |"));
        }
    }
}
