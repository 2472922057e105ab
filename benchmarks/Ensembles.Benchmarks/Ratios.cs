using System.Diagnostics;
using System.Globalization;
using Ensembles.Onnx;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>
/// How many times faster than the hand-written loop plans are, and ONNX Runtime called by hand. All contenders take
/// turns in one process on one thread, and processor time of that thread counts.
/// </summary>
static class Ratios
{
    /// <summary>Seconds spent on one network and one batch size.</summary>
    const double Patience = 3;

    public static void Print(string filter)
    {
        var clock = WorkClock.For(CPU);
        Console.WriteLine($"{Hardware.Name()}, {clock.Words}\n");
        Console.WriteLine(
            "| members | batch | loop, ms | loop in inference mode | ONNX Runtime by hand | plan "
                + "| plan on ONNX Runtime | of by hand |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var shaped in Shaped.All.Where(shaped => shaped.Name.Contains(filter, StringComparison.Ordinal)))
        {
            manual_seed(1);
            using var ensemble = shaped.Make();
            using var hand = new ByHand(ensemble, shaped.ImageShape, shaped.Batches[^1]);
            using var plan = ensemble.Compile(new CompileOptions(shaped.ImageShape));
            using var onEngine = ensemble.Compile(
                new CompileOptions(shaped.ImageShape) { Engine = new OnnxEngine() });
            Console.Error.WriteLine(plan);
            Console.Error.WriteLine(onEngine);
            foreach (var batch in shaped.Batches)
            {
                using var images = rand([batch, .. shaped.ImageShape]);
                var times = Paired.Medians(
                    Patience,
                    () => clock.Milliseconds() / 1e3,
                    () => Given.Loop(ensemble.Members, images),
                    () =>
                    {
                        using (inference_mode())
                            Given.Loop(ensemble.Members, images);
                    },
                    () => hand.Decide(batch),
                    () => plan.Decide(images).Dispose(),
                    () => onEngine.Decide(images).Dispose());
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {shaped.Name} | {batch} | {times[0] * 1e3:f3} | {times[0] / times[1]:f2} | "
                        + $"{times[0] / times[2]:f2} | {times[0] / times[3]:f2} | {times[0] / times[4]:f2} | "
                        + $"{times[2] / times[4]:f2} |"));
            }
        }
    }
}

/// <summary>Timing in turns, so that a busy moment of the machine hits every contender.</summary>
static class Paired
{
    /// <summary>Seconds a contender calls in a row, as who serves one request after the other.</summary>
    const double Turn = 5e-3;

    /// <summary>Median seconds of each contender, by the wall clock.</summary>
    public static double[] Medians(double patience, params Action[] contenders) =>
        Medians(patience, () => Stopwatch.GetElapsedTime(0).TotalSeconds, contenders);

    /// <summary>Median seconds of each contender.</summary>
    /// <param name="patience">Seconds for all turns together.</param>
    /// <param name="seconds">The clock.</param>
    /// <param name="contenders">The contenders.</param>
    public static double[] Medians(double patience, Func<double> seconds, params Action[] contenders)
    {
        foreach (var contender in contenders)
            Time(seconds, contender, 3);
        var once = contenders.Select(contender => Time(seconds, contender, 3)).ToArray();
        var calls = once.Select(time => (int)Math.Ceiling(Turn / time)).ToArray();
        var rounds = (int)Math.Max(patience / once.Zip(calls).Sum(turn => turn.First * turn.Second), 5);
        var times = contenders.Select(_ => new double[rounds]).ToArray();
        for (var r = 0; r < rounds; r++)
        {
            for (var c = 0; c < contenders.Length; c++)
                times[c][r] = Time(seconds, contenders[c], calls[c]);
        }

        return [.. times.Select(Median)];
    }

    /// <summary>Seconds of a call, of several in a row.</summary>
    static double Time(Func<double> seconds, Action action, int calls)
    {
        var start = seconds();
        for (var i = 0; i < calls; i++)
            action();
        return (seconds() - start) / calls;
    }

    static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
