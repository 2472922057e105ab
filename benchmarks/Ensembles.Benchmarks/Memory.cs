using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>The process's memory over many decisions on one image, small so that many fit into a few minutes.</summary>
static class Memory
{
    const int ImageSize = 8;

    public static void Print(int forwards)
    {
        manual_seed(1);
        using var ensemble = Given.Shipped(ImageSize);
        using var plan = ensemble.Compile(new CompileOptions(1, ImageSize, ImageSize));
        using var images = rand(1, 1, ImageSize, ImageSize);
        var watch = Stopwatch.StartNew();
        Console.WriteLine("| forwards | resident memory, MB | tensors |");
        Console.WriteLine("|---|---|---|");
        for (var i = 0; i <= forwards; i++)
        {
            plan.Decide(images).Dispose();
            if (i % Math.Max(1, forwards / 10) == 0)
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {i} | {Environment.WorkingSet / 1e6:f0} | {Tensor.TotalCount} |"));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\n{watch.Elapsed.TotalMicroseconds / forwards:f0} microseconds a forward."));
    }
}
