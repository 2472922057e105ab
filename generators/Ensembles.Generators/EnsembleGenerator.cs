using Ensembles.Generators.Emission;
using Ensembles.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators;

/// <summary>
/// Writes the code behind the attributes of Ensembles. A declaration that is not well-formed gets no code here and a
/// diagnostic from the analyzers, where it can be suppressed.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class EnsembleGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var ensembles = context.SyntaxProvider
            .ForAttributeWithMetadataName(MetadataNames.EnsembleAttribute, IsClass, new EnsembleReader().Read)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Ensembles)
            .WithFileNames(ensemble => ensemble.Place)
            .WithTrackingName(TrackingNames.EnsembleFiles);

        var injection = context.CompilationProvider
            .Select(InjectionParser.IsAvailable)
            .WithTrackingName(TrackingNames.Injection);

        var suites = context.SyntaxProvider
            .ForAttributeWithMetadataName(MetadataNames.AblationSuiteAttribute, IsClass, SuiteParser.Parse)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Suites)
            .WithFileNames(suite => suite.Place)
            .WithTrackingName(TrackingNames.SuiteFiles);

        context.RegisterSourceOutput(ensembles.Combine(injection), EnsembleEmitter.Add);
        context.RegisterSourceOutput(suites, SuiteEmitter.Add);
    }

    static bool IsClass(SyntaxNode node, CancellationToken cancellation) => node is ClassDeclarationSyntax;
}
