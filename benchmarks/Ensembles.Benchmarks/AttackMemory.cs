using System.Globalization;
using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>
/// The process's memory over many batches of one attack on an ensemble, small so that many fit into a few minutes.
/// </summary>
static class AttackMemory
{
    const int ImageSize = 8;
    const int BatchSize = 4;

    public static void Print(int batches)
    {
        manual_seed(1);
        using var ensemble = Given.Shipped(ImageSize);
        using var images = rand(batches * BatchSize, 1, ImageSize, ImageSize);
        using var plan = ensemble.Compile(new CompileOptions(1, ImageSize, ImageSize));
        using var decision = plan.Decide(images);
        var labels = decision.Labels;
        Console.WriteLine("| batches | resident memory, MB | tensors |");
        Console.WriteLine("|---|---|---|");
        var printed = -1;
        var run = new AttackOptions
        {
            BatchSize = BatchSize,
            Progress = new Listener(done =>
            {
                var tenth = (int)(10 * done + 1e-9);
                if (tenth == printed)
                    return;
                printed = tenth;
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {done * batches:f0} | {Environment.WorkingSet / 1e6:f0} | {Tensor.TotalCount} |"));
            }),
        };
        new Pgd { Steps = 5, Restarts = 2 }
            .Run(ensemble.Surface, images, labels, new ThreatModel(Norm.Linf, 0.05), run)
            .Dispose();
    }

    sealed class Listener(Action<double> listen) : IProgress<double>
    {
        public void Report(double value) => listen(value);
    }
}
