using System.Globalization;
using Ensembles.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Benchmarks;

/// <summary>How long `Compile` takes, and how often it calls a forward that a user wrote, on copies or not.</summary>
static class CompileTimes
{
    const int Turns = 3;

    public static void Print(string filter)
    {
        Console.WriteLine($"{Hardware.Name()}\n");
        Console.WriteLine("| members | engine | seconds of the processor | calls of a member's forward |");
        Console.WriteLine("|---|---|---|---|");
        Of("5 counted, 28x28 CNN", [1, 28, 28], () => new FiveCounted(new(), new(), new(), new(), new()), 5);
        foreach (var shaped in Shaped.All.Where(shaped => shaped.Name.Contains(filter, StringComparison.Ordinal)))
            Of(shaped.Name, shaped.ImageShape, shaped.Make, null);
    }

    static void Of(string name, long[] imageShape, Func<Ensemble> make, int? counted)
    {
        InferenceEngine?[] engines = [null, new OnnxEngine()];
        foreach (var engine in engines)
        {
            var seconds = new List<double>();
            Counted.Calls = 0;
            for (var turn = 0; turn < Turns; turn++)
            {
                manual_seed(1);
                using var ensemble = make();
                ensemble.eval();
                var before = Environment.CpuUsage.TotalTime;
                ensemble.Compile(new CompileOptions(imageShape) { Engine = engine }).Dispose();
                seconds.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
            }

            var calls = counted is { } members ? $"{Counted.Calls / members / Turns}" : "";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {(engine is null ? "torch" : "ONNX Runtime")} | {seconds[0]:f2} at first, then "
                    + $"{seconds.Skip(1).Min():f2} | {calls} |"));
        }
    }
}

/// <summary>Counts the calls of its forward and of its copies' together.</summary>
[Defense(Category.Undefended)]
public sealed class Counted : Classifier, ILayered
{
    readonly Sequential network = Sequential(
        Conv2d(1, 16, 3, padding: 1), ReLU(),
        Conv2d(16, 32, 3, padding: 1), ReLU(), MaxPool2d(2), nn.Flatten(), Linear(32 * 14 * 14, 10));

    public Counted() => RegisterComponents();

    public static int Calls { get; set; }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    public override Tensor forward(Tensor images)
    {
        Calls++;
        return network.call(images);
    }
}

/// <summary>Five of them.</summary>
[Ensemble<MeanProbability>]
public partial class FiveCounted
{
    [Member] public partial Counted A { get; }
    [Member] public partial Counted B { get; }
    [Member] public partial Counted C { get; }
    [Member] public partial Counted D { get; }
    [Member] public partial Counted E { get; }
}
