using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>The types that declarations are made of, as one compilation sees them.</summary>
sealed class KnownTypes
{
    KnownTypes(Compilation compilation)
    {
        INamedTypeSymbol? Find(string metadataName) => compilation.GetTypeByMetadataName(metadataName);

        Compilation = compilation;
        Member = Find(MetadataNames.MemberAttribute)!;
        Gate = Find(MetadataNames.GateAttribute)!;
        Defense = Find(MetadataNames.DefenseAttribute)!;
        Claims = Find(MetadataNames.ClaimsAttribute)!;
        Ensemble = Find(MetadataNames.Ensemble)!;
        Classifier = Find(MetadataNames.Classifier)!;
        Detector = Find(MetadataNames.Detector)!;
        Randomized = Find(MetadataNames.Randomized)!;
        VotingRule = Find(MetadataNames.VotingRule)!;
        Strength = Find(MetadataNames.Strength)!;
        VoteScript = Find(MetadataNames.VoteScriptAttribute);
    }

    public Compilation Compilation { get; }
    public INamedTypeSymbol Member { get; }
    public INamedTypeSymbol Gate { get; }
    public INamedTypeSymbol Defense { get; }
    public INamedTypeSymbol Claims { get; }
    public INamedTypeSymbol Ensemble { get; }
    public INamedTypeSymbol Classifier { get; }
    public INamedTypeSymbol Detector { get; }
    public INamedTypeSymbol Randomized { get; }
    public INamedTypeSymbol VotingRule { get; }
    public INamedTypeSymbol Strength { get; }

    /// <summary>Null where nothing of it is to be seen: it is internal to Ensembles, and a reference assembly may lack it.</summary>
    public INamedTypeSymbol? VoteScript { get; }

    /// <summary>The types, or null where a reference is missing or a name stands for two types.</summary>
    public static KnownTypes? Of(Compilation compilation)
    {
        var types = new KnownTypes(compilation);
        INamedTypeSymbol?[] all =
        [
            types.Member, types.Gate, types.Defense, types.Claims, types.Ensemble, types.Classifier, types.Detector,
            types.Randomized, types.VotingRule, types.Strength,
        ];
        return all.Any(type => type is null) ? null : types;
    }
}
