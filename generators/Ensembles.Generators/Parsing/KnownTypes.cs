using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// The types that declarations are made of, as one compilation sees them, and what is the same for all declarations in it. After an edit
/// anywhere each declaration is read again, so what they share is found out once.
/// </summary>
sealed class KnownTypes
{
    static readonly ConditionalWeakTable<Compilation, KnownTypes> known = new();

    readonly ConcurrentDictionary<INamedTypeSymbol, bool> rules = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<INamedTypeSymbol, string> fullNames = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<INamedTypeSymbol, DefenseParser> defenses = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<string, ConcurrentDictionary<string, ITypeSymbol?>> meanings = new();
    readonly Lazy<HashSet<string>> inheritedNames;

    KnownTypes(Compilation compilation, IAssemblySymbol library)
    {
        // In one assembly: a compilation looks through all of its references for each name.
        INamedTypeSymbol? Find(string metadataName) => library.GetTypeByMetadataName(metadataName);

        Compilation = compilation;
        Member = Find(MetadataNames.MemberAttribute)!;
        Gate = Find(MetadataNames.GateAttribute)!;
        DefenseAttribute = Find(MetadataNames.DefenseAttribute)!;
        Claims = Find(MetadataNames.ClaimsAttribute)!;
        Ensemble = Find(MetadataNames.Ensemble)!;
        Classifier = Find(MetadataNames.Classifier)!;
        Detector = Find(MetadataNames.Detector)!;
        Randomized = Find(MetadataNames.Randomized)!;
        VotingRule = Find(MetadataNames.VotingRule)!;
        Strength = Find(MetadataNames.Strength)!;
        inheritedNames = new(() => [.. Ensemble.SelfAndBases().SelectMany(type => type.MemberNames)]);
    }

    public Compilation Compilation { get; }
    public INamedTypeSymbol Member { get; }
    public INamedTypeSymbol Gate { get; }
    public INamedTypeSymbol DefenseAttribute { get; }
    public INamedTypeSymbol Claims { get; }
    public INamedTypeSymbol Ensemble { get; }
    public INamedTypeSymbol Classifier { get; }
    public INamedTypeSymbol Detector { get; }
    public INamedTypeSymbol Randomized { get; }
    public INamedTypeSymbol VotingRule { get; }
    public INamedTypeSymbol Strength { get; }

    /// <summary>The names that every ensemble inherits.</summary>
    public HashSet<string> InheritedNames => inheritedNames.Value;

    /// <summary>What types and attributes mean, as they are written in one scope.</summary>
    /// <param name="scope">The usings and namespaces around a class that adds no meaning of its own.</param>
    public ConcurrentDictionary<string, ITypeSymbol?> Meanings(string scope) => meanings.GetOrAdd(scope, _ => new());

    /// <summary>A rule's full name.</summary>
    public string FullName(INamedTypeSymbol rule) => fullNames.GetOrAdd(rule, r => r.FullName());

    /// <summary>Whether a type is a voting rule that generated code can call.</summary>
    public bool IsRule(INamedTypeSymbol type) => rules.GetOrAdd(type, t => t.ImplementsOpenly(VotingRule));

    /// <summary>What a component's class says about itself.</summary>
    public DefenseParser Defense(INamedTypeSymbol type) => defenses.GetOrAdd(type, t => new DefenseParser(t, this));

    bool AreComplete => new INamedTypeSymbol?[] { Member, Gate, DefenseAttribute, Claims, Ensemble, Classifier, Detector, Randomized, VotingRule, Strength }.All(type => type is not null);

    /// <summary>The types, or null where the library lacks one.</summary>
    /// <param name="compilation">The compilation.</param>
    /// <param name="library">The assembly that has them.</param>
    public static KnownTypes? Of(Compilation compilation, IAssemblySymbol library) =>
        known.GetValue(compilation, c => new KnownTypes(c, library)) is { AreComplete: true } types ? types : null;

    /// <summary>The types, or null where a reference is missing or a name stands for two types.</summary>
    public static KnownTypes? Of(Compilation compilation) =>
        compilation.GetTypeByMetadataName(MetadataNames.Ensemble)?.ContainingAssembly is { } library ? Of(compilation, library) : null;
}
