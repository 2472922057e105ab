using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>The types that rules ask about, as one compilation sees them. All rules share one instance.</summary>
public sealed class KnownTypes
{
    static readonly ConditionalWeakTable<Compilation, KnownTypes> known = new();

    readonly Lazy<IReadOnlyList<INamedTypeSymbol>> defensesInReach;

    KnownTypes(Compilation compilation)
    {
        INamedTypeSymbol? Find(string metadataName) => compilation.GetTypeByMetadataName(metadataName);

        Compilation = compilation;
        EnsembleAttribute = Find("Ensembles.EnsembleAttribute`1")!;
        MemberAttribute = Find("Ensembles.MemberAttribute")!;
        GateAttribute = Find("Ensembles.GateAttribute")!;
        DefenseAttribute = Find("Ensembles.DefenseAttribute")!;
        ClaimsAttribute = Find("Ensembles.ClaimsAttribute`1")!;
        Ensemble = Find("Ensembles.Ensemble")!;
        Classifier = Find("Ensembles.Classifier")!;
        Detector = Find("Ensembles.Detector")!;
        InputTransform = Find("Ensembles.InputTransform")!;
        VotingRule = Find("Ensembles.IVotingRule")!;
        MajorityVote = Find("Ensembles.MajorityVote")!;
        Strength = Find("Ensembles.IStrength")!;
        Module = Find("TorchSharp.torch+nn+Module")!;
        AblationSuiteAttribute = Find("Ensembles.Xunit.AblationSuiteAttribute`1");
        AblationTests = Find("Ensembles.Xunit.AblationTests`1");
        HasXunit = Find("Xunit.FactAttribute") is not null;
        defensesInReach = new(() => Reading.DefensesInReach.Find(this));
    }

    public Compilation Compilation { get; }
    public INamedTypeSymbol EnsembleAttribute { get; }
    public INamedTypeSymbol MemberAttribute { get; }
    public INamedTypeSymbol GateAttribute { get; }
    public INamedTypeSymbol DefenseAttribute { get; }
    public INamedTypeSymbol ClaimsAttribute { get; }
    public INamedTypeSymbol Ensemble { get; }
    public INamedTypeSymbol Classifier { get; }
    public INamedTypeSymbol Detector { get; }
    public INamedTypeSymbol InputTransform { get; }
    public INamedTypeSymbol VotingRule { get; }
    public INamedTypeSymbol MajorityVote { get; }
    public INamedTypeSymbol Strength { get; }
    public INamedTypeSymbol Module { get; }

    /// <summary>Null in a project that does not reference Ensembles.Xunit.</summary>
    public INamedTypeSymbol? AblationSuiteAttribute { get; }

    /// <summary>Null in a project that does not reference Ensembles.Xunit.</summary>
    public INamedTypeSymbol? AblationTests { get; }

    public bool HasXunit { get; }

    /// <summary>The defenses that this compilation can name, in this assembly and in those it references. Found on first use.</summary>
    public IReadOnlyList<INamedTypeSymbol> DefensesInReach => defensesInReach.Value;

    bool AreComplete => new INamedTypeSymbol?[]
    {
        EnsembleAttribute, MemberAttribute, GateAttribute, DefenseAttribute, ClaimsAttribute, Ensemble,
        Classifier, Detector, InputTransform, VotingRule, MajorityVote, Strength, Module,
    }.All(type => type is not null);

    /// <summary>The types; null in a project that does not reference Ensembles, where no rule has anything to say.</summary>
    public static KnownTypes? Of(Compilation compilation) =>
        known.GetValue(compilation, c => new KnownTypes(c)) is { AreComplete: true } types ? types : null;
}
