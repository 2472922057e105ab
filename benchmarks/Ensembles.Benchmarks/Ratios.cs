using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>
/// How many times faster a plan is than the hand-written loop. All contenders take turns in one process on one thread.
/// </summary>
static class Ratios
{
    static readonly int[] batches = [1, 32, 256];

    /// <summary>Seconds spent on one network and one batch size.</summary>
    const double Patience = 3;

    const int MatrixSize = 1024;

    public static void Print()
    {
        Console.WriteLine(
            "| five members | batch | loop, ms | loop in inference mode | plan, float32 | plan, bfloat16 | of a matrix "
                + "product | of the core's peak |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        using var a = rand(MatrixSize, MatrixSize);
        using var b = rand(MatrixSize, MatrixSize);
        foreach (var (name, make) in Given.Ensembles)
        {
            manual_seed(1);
            using var ensemble = make();
            using var single = ensemble.Compile(new CompileOptions(1, 28, 28));
            using var half = ensemble.Compile(new CompileOptions(1, 28, 28) { Precision = Precision.BFloat16 });
            Console.Error.WriteLine(single);
            Console.Error.WriteLine(half);
            var members = ensemble.Members;
            foreach (var batch in batches)
            {
                using var images = rand(batch, 1, 28, 28);
                var times = Paired.Medians(
                    Patience,
                    () => Given.Loop(members, images),
                    () =>
                    {
                        using (inference_mode())
                            Given.Loop(members, images);
                    },
                    () => single.Decide(images).Dispose(),
                    () => half.Decide(images).Dispose(),
                    () => a.matmul(b).Dispose(),
                    Peak.Run);
                // The core's own rates take their turns too: what a core reaches changes from minute to minute on a
                // shared machine.
                var product = 2.0 * MatrixSize * MatrixSize * MatrixSize / times[4];
                var peak = Peak.Flops / times[5];
                var rate = 5 * batch * FlopsPerImage / times[2];
                var shares = name.StartsWith("conv16-conv32", StringComparison.Ordinal)
                    ? string.Create(CultureInfo.InvariantCulture, $"{rate / product:p0} | {rate / peak:p0}")
                    : " | ";
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {batch} | {times[0] * 1e3:f3} | {times[0] / times[1]:f2} | {times[0] / times[2]:f2} | "
                        + $"{times[0] / times[3]:f2} | {shares} |"));
            }
        }
    }

    /// <summary>
    /// Multiplications and additions of conv16-conv32 on one image: both convolutions and the linear layer.
    /// </summary>
    const double FlopsPerImage = 2.0 * ((28 * 28 * 16 * 9) + (28 * 28 * 32 * 16 * 9) + (32 * 14 * 14 * 10));
}

/// <summary>Timing in turns, so that a busy moment of the machine hits every contender.</summary>
static class Paired
{
    /// <summary>Seconds a contender calls in a row, as who serves one request after the other.</summary>
    const double Turn = 5e-3;

    /// <summary>Median seconds of each contender.</summary>
    public static double[] Medians(double patience, params Action[] contenders)
    {
        foreach (var contender in contenders)
            Time(contender, 3);
        var once = contenders.Select(contender => Time(contender, 3)).ToArray();
        var calls = once.Select(time => (int)Math.Ceiling(Turn / time)).ToArray();
        var rounds = (int)Math.Max(patience / once.Zip(calls).Sum(turn => turn.First * turn.Second), 5);
        var times = contenders.Select(_ => new double[rounds]).ToArray();
        for (var r = 0; r < rounds; r++)
        {
            for (var c = 0; c < contenders.Length; c++)
                times[c][r] = Time(contenders[c], calls[c]);
        }

        return [.. times.Select(Median)];
    }

    /// <summary>Seconds of a call, of several in a row.</summary>
    static double Time(Action action, int calls)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < calls; i++)
            action();
        return watch.Elapsed.TotalSeconds / calls;
    }

    static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
