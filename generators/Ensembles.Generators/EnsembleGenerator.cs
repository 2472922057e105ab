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
            .ForAttributeWithMetadataName(MetadataNames.EnsembleAttribute, IsClass, EnsembleParser.Parse)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Ensembles);

        var clashes = ensembles
            .Select((ensemble, _) => ensemble.Place.HintName)
            .Collect()
            .Select(HintNames.Clashes)
            .WithTrackingName(TrackingNames.Clashes);

        var injection = context.CompilationProvider
            .Select(InjectionParser.IsAvailable)
            .WithTrackingName(TrackingNames.Injection);

        context.RegisterSourceOutput(ensembles.Combine(clashes), EnsembleEmitter.Add);
        context.RegisterSourceOutput(ensembles.Combine(clashes).Combine(injection), RegistrationEmitter.Add);
    }

    static bool IsClass(SyntaxNode node, CancellationToken cancellation) => node is ClassDeclarationSyntax;
}
