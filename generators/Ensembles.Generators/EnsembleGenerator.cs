using Ensembles.Declarations;
using Ensembles.Forwards;
using Ensembles.Generators.Emission;
using Ensembles.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators;

/// <summary>
/// Writes the code behind the attributes of Ensembles. If a declaration is not well-formed, the analyzers report why,
/// in diagnostics that can be suppressed; the generator then writes only what the compiler needs to get as far as
/// running them.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class EnsembleGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var declared = context.SyntaxProvider
            .ForAttributeWithMetadataName(MetadataNames.EnsembleAttribute, IsClass, EnsembleReader.Make().Read);

        var ensembles = declared
            .Select((read, _) => read.Ensemble)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Ensembles)
            .WithFileNames(ensemble => ensemble.Place)
            .WithTrackingName(TrackingNames.EnsembleFiles);

        var refused = declared
            .Select((read, _) => read.Refused)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Refused)
            .WithFileNames(refused => refused.Place)
            .WithTrackingName(TrackingNames.RefusedFiles);

        var strays = context.CompilationProvider
            .SelectMany(new StrayReader().Read)
            .WithTrackingName(TrackingNames.Strays)
            .WithFileNames(stray => stray.Place)
            .WithTrackingName(TrackingNames.StrayFiles);

        var injection = context.CompilationProvider
            .Select(InjectionParser.IsAvailable)
            .WithTrackingName(TrackingNames.Injection);

        var suites = context.SyntaxProvider
            .ForAttributeWithMetadataName(MetadataNames.AblationSuiteAttribute, IsClass, SuiteParser.Make().Read)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Suites)
            .WithFileNames(suite => suite.Place)
            .WithTrackingName(TrackingNames.SuiteFiles);

        var networks = context.SyntaxProvider
            .ForAttributeWithMetadataName(GraphTwin.Attribute, GraphParser.MayAsk, GraphParser.Network)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Networks)
            .WithFileNames(network => network.Place)
            .WithTrackingName(TrackingNames.NetworkFiles);

        var defenses = context.SyntaxProvider
            .ForAttributeWithMetadataName(MetadataNames.DefenseAttribute, GraphParser.MayAsk, GraphParser.Defense)
            .WhereNotNull()
            .WithTrackingName(TrackingNames.Defenses)
            .WithFileNames(defense => defense.Place)
            .WithTrackingName(TrackingNames.DefenseFiles);

        context.RegisterSourceOutput(ensembles.Combine(injection), EnsembleEmitter.Add);
        context.RegisterSourceOutput(refused, RefusedEmitter.Add);
        context.RegisterSourceOutput(strays, RefusedEmitter.AddStray);
        context.RegisterSourceOutput(suites, SuiteEmitter.Add);
        // No code names what these add, so that an editor need not wait for them.
        context.RegisterImplementationSourceOutput(networks, GraphEmitter.Add);
        context.RegisterImplementationSourceOutput(defenses, GraphEmitter.AddDefense);
    }

    static bool IsClass(SyntaxNode node, CancellationToken cancellation) => node is ClassDeclarationSyntax;
}
