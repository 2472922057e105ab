using System.Collections.Immutable;
using System.Globalization;
using Ensembles.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Benchmarks;

/// <summary>
/// What the generator costs beside a trivial one, in a full pass and after an edit that does not concern it.
/// </summary>
static class GeneratorTimes
{
    const int OtherFiles = 300;

    /// <summary>Seconds spent on one row.</summary>
    const double Patience = 10;

    /// <summary>How sources are parsed.</summary>
    public static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp13);

    static readonly ImmutableArray<MetadataReference> references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(
                path => !Path.GetFileName(path).StartsWith("Ensembles.Benchmarks", StringComparison.Ordinal)
                    && !Path.GetFileName(path).StartsWith("Ensembles.Generators", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static void Print()
    {
        Console.WriteLine(
            "| classes | what | trivial, ms | with as much to write, ms | with as much to read and to write, ms | "
                + "ours, ms | ours / trivial | ours / as much |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var classes in new[] { 1, 100, 1000 })
            Print(classes);
    }

    static void Print(int classes)
    {
        var other = Enumerable.Range(0, OtherFiles).Select(
            i => Parse($"namespace Other; public class C{i} {{ public int M{i}(int x) => x + {i}; }}", $"Other{i}.cs"));
        var shipped = Enumerable.Range(0, classes)
            .Select(i => Parse(Ensemble(i, "Ensembles.Defenses"), $"Ensemble{i}.cs"))
            .Concat(other)
            .ToList();
        var own = Enumerable.Range(0, classes)
            .Select(i => Parse(Ensemble(i, "Own"), $"Ensemble{i}.cs"))
            .Append(Parse(OwnDefenses, "Own.cs"))
            .Concat(other)
            .ToList();
        GeneratorDriver Driver(IIncrementalGenerator generator) =>
            CSharpGeneratorDriver.Create([generator.AsSourceGenerator()], parseOptions: Parsing);

        var result = Driver(new EnsembleGenerator()).RunGenerators(Compilation(shipped)).GetRunResult();
        var text = result.Results.Single().GeneratedSources[0].SourceText.ToString();
        IIncrementalGenerator[] generators =
        [
            new Trivial(reads: false, null),
            new Trivial(reads: false, text),
            new Trivial(reads: true, text),
            new EnsembleGenerator(),
        ];
        void Row(string what, Func<IIncrementalGenerator, Action> contender) =>
            Print(classes, what, Paired.Medians(Patience, [.. generators.Select(contender)]));

        Row("full pass", generator => () => Run(Driver(generator), Compilation(shipped)));
        var edits = 0;
        foreach (var (what, trees) in
            new[] { ("pass after an unrelated edit", shipped), ("the same, with the defenses in the project", own) })
        {
            var compilation = Compilation(trees);
            Row(what, generator =>
            {
                var warm = Driver(generator).RunGenerators(compilation);
                return () => Run(
                    warm,
                    compilation.ReplaceSyntaxTree(
                        trees[^1], Parse($"namespace Other; public class C {{ int edited{edits++}; }}", "Other.cs")));
            });
        }

        // Of a thousand, the code would take minutes to compile.
        if (classes <= 100)
            Row(
                "full pass and compilation",
                generator => () => Run(Driver(generator), Compilation(shipped)).GetDiagnostics());
    }

    /// <summary>A project of such files.</summary>
    public static CSharpCompilation Compilation(IReadOnlyList<SyntaxTree> trees) => CSharpCompilation.Create(
        "Demo",
        trees,
        references,
        new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    static Compilation Run(GeneratorDriver driver, Compilation compilation)
    {
        driver.RunGeneratorsAndUpdateCompilation(compilation, out var completed, out _);
        return completed;
    }

    static void Print(int classes, string what, double[] times) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {classes} | {what} | {string.Join(" | ", times.Select(time => $"{time * 1e3:f2}"))} | "
            + $"{times[3] / times[0]:f2} | {times[3] / times[2]:f2} |"));

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, Parsing, path);

    static string Ensemble(int number, string defenses) => $$"""
        using Ensembles;
        using {{defenses}};

        namespace Demo;

        [Ensemble<MeanProbability>]
        public partial class Ensemble{{number}}
        {
            [Gate(FalsePositiveRate = 0.05)] public partial BayesianUncertaintyDetector Uncertainty { get; }
            [Member] public partial EnsembleAdversarialClassifier Transfer { get; }
            [Member] public partial StochasticPruningClassifier Pruned { get; }
            [Member] public partial CenterLossClassifier Compact { get; }
            [Member] public partial EdgeClassifier Edges { get; }
        }
        """;

    const string OwnDefenses = """
        using Ensembles;
        using static TorchSharp.torch;

        namespace Own;

        [Defense(Category.Detection), Claims<AdversarialRejection>]
        public sealed class BayesianUncertaintyDetector : Detector
        {
            public override Tensor forward(Tensor images) => images;
        }

        [Defense(Category.NonRobustFeatures), Claims<WorstCaseMarginalization>]
        public sealed class EnsembleAdversarialClassifier : Classifier
        {
            public override Tensor forward(Tensor images) => images;
        }

        [Defense(Category.GradientMasking), Claims<TestTimeRandomness>]
        public sealed class StochasticPruningClassifier : Classifier
        {
            public override Tensor forward(Tensor images) => images;
        }

        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public sealed class CenterLossClassifier : Classifier
        {
            public override Tensor forward(Tensor images) => images;
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public sealed class EdgeClassifier : Classifier
        {
            public override Tensor forward(Tensor images) => images;
        }
        """;

    /// <summary>A generator of one step that emits an empty part of each class.</summary>
    /// <param name="reads">Whether it also reads each property's type and attributes, as ours must.</param>
    /// <param name="text">What it emits instead, with another class's name in it.</param>
    sealed class Trivial(bool reads, string? text) : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context)
        {
            var classes = context.SyntaxProvider.ForAttributeWithMetadataName(
                "Ensembles.EnsembleAttribute`1", (_, _) => true, (context, _) => Read(context.TargetSymbol));
            context.RegisterSourceOutput(classes, (output, model) => output.AddSource(
                $"{model.Namespace}.{model.Name}.g.cs",
                text is null
                    ? $"namespace {model.Namespace}; partial class {model.Name} {{ }}"
                    : text.Replace("Ensemble0", model.Name, StringComparison.Ordinal)));
        }

        Model Read(ISymbol type)
        {
            var properties = reads ? ((INamedTypeSymbol)type).GetMembers().OfType<IPropertySymbol>().Select(Read) : [];
            return new Model(type.ContainingNamespace.ToDisplayString(), type.Name, string.Join(';', properties));
        }

        static string Read(IPropertySymbol property)
        {
            var attributes = property.GetAttributes()
                .Select(attribute => $"{attribute.AttributeClass!.Name}{attribute.NamedArguments.Length}");
            return $"{property.Name} {property.Type.ToDisplayString()} {string.Join(',', attributes)}";
        }

        sealed record Model(string Namespace, string Name, string Properties);
    }
}
