using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.CudaCheck;

/// <summary>
/// Plans on CUDA against the ensemble itself, moved there: median milliseconds of a call and the wait for its end.
/// </summary>
static class Throughput
{
    public static readonly int[] Batches = [1, 32, 256, 4096];

    const double SecondsEach = 0.5;
    const int Fewest = 5;

    public static void Print(CompileOptions options)
    {
        Console.WriteLine("| five members | plan | " + string.Join(" | ", Batches.Select(batch => $"batch {batch}"))
            + " | images a second, at best |");
        Console.WriteLine($"|---|---|{string.Concat(Batches.Select(_ => "---|"))}---|");
        foreach (var (name, make) in Checks.Measured)
        {
            manual_seed(1);
            using var ensemble = make();
            ensemble.to(options.Device!);
            Row(name, "the ensemble itself", images => ensemble.call(images), options.Device!);
            foreach (var precision in new[] { Precision.Float32, Precision.BFloat16, Precision.Float16 })
            {
                foreach (var plan in TwoPlans.Of(ensemble, options with { Precision = precision }))
                {
                    Console.Error.WriteLine(plan);
                    var what = $"{precision}, {TwoPlans.Members(plan)}";
                    Row(name, what, plan.Decide, options.Device!);
                    if (precision == Precision.Float32)
                        Row(name, $"{what}, images from the host", plan.Decide, CPU);
                    plan.Dispose();
                }
            }
        }
    }

    static void Row(string name, string what, Func<Tensor, Decision> decide, Device from)
    {
        using var noGrad = no_grad();
        var times = Batches.Select(batch =>
        {
            using var images = rand(batch, 1, 28, 28, device: from);
            return Median(() => decide(images));
        }).ToList();
        var most = Batches.Zip(times, (batch, time) => batch / time * 1e3).Max();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {what} | {string.Join(" | ", times.Select(time => $"{time:f3}"))} | {most:f0} |"));
    }

    static double Median(Func<Decision> decide)
    {
        // Fusion compiles in the first runs.
        for (var i = 0; i < Fewest; i++)
            Time(decide);
        var times = new List<double>();
        for (var spent = 0.0; spent < SecondsEach * 1e3 || times.Count < Fewest; spent += times[^1])
            times.Add(Time(decide));
        times.Sort();
        return times[times.Count / 2];
    }

    static double Time(Func<Decision> decide)
    {
        var watch = Stopwatch.StartNew();
        decide().Dispose();
        cuda.synchronize();
        return watch.Elapsed.TotalMilliseconds;
    }
}
