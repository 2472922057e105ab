using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Tests.Running;

/// <summary>Sources, and what the generator made of them.</summary>
sealed class GeneratorRun
{
    static readonly ImmutableArray<MetadataReference> references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Ensembles.Generators", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    // The version that has partial properties: emitted code needs no later one.
    static readonly CSharpParseOptions parsing = new(LanguageVersion.CSharp13, DocumentationMode.Diagnose);

    readonly GeneratorDriver driver;

    GeneratorRun(CSharpCompilation compilation, GeneratorDriver driver)
    {
        this.driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out var completed, out _);
        Compilation = compilation;
        Completed = completed;
    }

    /// <summary>The sources, without emitted code.</summary>
    public CSharpCompilation Compilation { get; }

    /// <summary>The sources with emitted code.</summary>
    public Compilation Completed { get; }

    /// <summary>What the generator reports about its run.</summary>
    public GeneratorRunResult Result => driver.GetRunResult().Results.Single();

    /// <summary>The emitted files by name.</summary>
    public IReadOnlyDictionary<string, string> Files =>
        Result.GeneratedSources.ToDictionary(file => file.HintName, file => file.SourceText.ToString());

    /// <summary>Errors and warnings in the sources and the emitted code together.</summary>
    public IReadOnlyList<Diagnostic> Complaints =>
        [.. Completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];

    /// <summary>
    /// Runs the generator on sources; assemblies whose names begin with one of <paramref name="without"/> are not
    /// referenced.
    /// </summary>
    public static GeneratorRun On(string[] sources, params string[] without)
    {
        var compilation = CSharpCompilation.Create(
            "Demo",
            sources.Select((source, i) => Parse(source, $"Source{i}.cs")),
            references.Where(reference =>
                !without.Any(name => Path.GetFileName(reference.Display)!.StartsWith(name, StringComparison.Ordinal))),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable,
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress)]));
        var driver = CSharpGeneratorDriver.Create(
            [new EnsembleGenerator().AsSourceGenerator()],
            parseOptions: parsing,
            driverOptions: new GeneratorDriverOptions(
                IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        return new GeneratorRun(compilation, driver);
    }

    /// <summary>Runs the generator on one source.</summary>
    public static GeneratorRun On(string source) => On([source]);

    /// <summary>Runs the same generator again after an edit.</summary>
    public GeneratorRun After(Func<CSharpCompilation, CSharpCompilation> edit) => new(edit(Compilation), driver);

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, parsing, path);
}
