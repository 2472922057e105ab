using System.Globalization;
using Ensembles.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Benchmarks;

/// <summary>
/// What the graphs of a thousand classes with a <c>forward</c> of their own add to the generator's work, and to that of
/// the compiler: with the outputs that only builds ask for, and without them, as in an editor.
/// </summary>
static class GraphTimes
{
    const int Defenses = 600, Networks = 400, Ensembles = 200;

    /// <summary>Seconds spent on one row.</summary>
    const double Patience = 60;

    public static void Print()
    {
        Console.WriteLine($"{Hardware.Name()}\n");
        Console.WriteLine("| what | without graphs, ms | with graphs, ms | with / without |");
        Console.WriteLine("|---|---|---|---|");
        var trees = Trees();
        Row("generator, full pass", graphs => () => Driver(graphs).RunGenerators(GeneratorTimes.Compilation(trees)));
        Row("compiler with the generator", graphs => () => Compiled(Driver(graphs), trees));
        var edits = 0;
        Row("generator, pass after an unrelated edit", graphs =>
        {
            var compilation = GeneratorTimes.Compilation(trees);
            var warm = Driver(graphs).RunGenerators(compilation);
            return () => warm.RunGenerators(compilation.ReplaceSyntaxTree(
                trees[^1], GeneratorTimes.Parse($"namespace Other; class C {{ int edited{edits++}; }}", "Other.cs")));
        });
    }

    /// <summary>The files of the project, of which the last concerns nobody.</summary>
    public static List<SyntaxTree> Trees()
    {
        string[] sources =
        [
            .. Enumerable.Range(0, Defenses).Select(AnalyzerProject.PartialDefense),
            .. Enumerable.Range(0, Networks).Select(Network),
            .. Enumerable.Range(0, Ensembles).Select(AnalyzerProject.Ensemble),
        ];
        return
        [
            .. sources.Select((source, i) => GeneratorTimes.Parse(AnalyzerProject.Usings + source, $"{i}.cs")),
            GeneratorTimes.Parse("namespace Other; class C;", "Other.cs"),
        ];
    }

    static void Row(string what, Func<bool, Action> contender)
    {
        var times = Paired.Medians(Patience, contender(false), contender(true));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | {times[0] * 1e3:f0} | {times[1] * 1e3:f0} | {times[1] / times[0]:f2} |"));
    }

    public static GeneratorDriver Driver(bool graphs) => CSharpGeneratorDriver.Create(
        [new EnsembleGenerator().AsSourceGenerator()], parseOptions: GeneratorTimes.Parsing,
        driverOptions: new(graphs ? default : IncrementalGeneratorOutputKind.Implementation));

    static void Compiled(GeneratorDriver driver, List<SyntaxTree> trees)
    {
        driver.RunGeneratorsAndUpdateCompilation(GeneratorTimes.Compilation(trees), out var completed, out _);
        using var file = new MemoryStream();
        if (completed.Emit(file) is { Success: false, Diagnostics: var faults })
            throw new InvalidOperationException($"{faults.First(fault => fault.Severity == DiagnosticSeverity.Error)}");
    }

    static string Network(int number) => $$"""
        [Compiled]
        public sealed partial class Block{{number}} : Module<Tensor, Tensor>
        {
            readonly Conv2d conv1;
            readonly BatchNorm2d bn1;
            readonly Conv2d conv2;
            readonly BatchNorm2d bn2;
            readonly Sequential? downsample;

            public Block{{number}}(int from, int to, int stride) : base("Block")
            {
                (conv1, bn1) = (Conv2d(from, to, 3, stride: stride, padding: 1, bias: false), BatchNorm2d(to));
                (conv2, bn2) = (Conv2d(to, to, 3, padding: 1, bias: false), BatchNorm2d(to));
                if (from != to)
                    downsample = Sequential(Conv2d(from, to, 1, stride: stride, bias: false), BatchNorm2d(to));
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                using var scope = NewDisposeScope();
                var y = functional.relu(bn1.call(conv1.call(x)));
                y = bn2.call(conv2.call(y));
                return (y + (downsample?.call(x) ?? x)).relu().MoveToOuterDisposeScope();
            }
        }
        """;
}
