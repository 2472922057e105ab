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
        Console.WriteLine(
            "| five members | batch | ensemble | plan, Float32 | BFloat16 | Float16 | Float32, images from the host | "
                + "images a second, best plan |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var (name, make) in Checks.Measured)
        {
            manual_seed(1);
            using var ensemble = make();
            ensemble.to(options.Device!);
            var plans = new[] { Precision.Float32, Precision.BFloat16, Precision.Float16 }
                .Select(precision => ensemble.Compile(options with { Precision = precision }))
                .ToList();
            Console.Error.WriteLine(plans[0]);
            foreach (var batch in Batches)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var fromHost = rand(batch, 1, 28, 28);
                var images = fromHost.to(options.Device!);
                var own = Median(() => ensemble.call(images));
                var times = plans.Select(plan => Median(() => plan.Decide(images))).ToList();
                var hostTime = Median(() => plans[0].Decide(fromHost));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {batch} | {own:f3} | {times[0]:f3} | {times[1]:f3} | {times[2]:f3} | {hostTime:f3} | "
                        + $"{batch / times.Min() * 1e3:f0} |"));
            }

            plans.ForEach(plan => plan.Dispose());
        }
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
