using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>What snippets are compiled with: the framework, torch, and the real libraries of this repository.</summary>
static class References
{
    static readonly string[] compilers =
        ["Ensembles.Generators", "Ensembles.Analyzers", "Ensembles.CodeFixes", "Microsoft.CodeAnalysis"];

    public static ImmutableArray<MetadataReference> All { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !compilers.Any(name => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal)))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>The references without the assemblies whose names begin with one of those given.</summary>
    public static IEnumerable<MetadataReference> Without(params string[] names) =>
        All.Where(reference =>
            !names.Any(name => Path.GetFileName(reference.Display)!.StartsWith(name, StringComparison.Ordinal)));

    /// <summary>The version that has partial properties.</summary>
    public static CSharpParseOptions Parsing { get; } = new(LanguageVersion.CSharp13, DocumentationMode.Diagnose);

    public static CSharpCompilationOptions Compiling { get; } = new(
        OutputKind.DynamicallyLinkedLibrary,
        nullableContextOptions: NullableContextOptions.Enable,
        specificDiagnosticOptions: [
            new("CS1701", ReportDiagnostic.Suppress), new("CS1591", ReportDiagnostic.Suppress)]);
}
