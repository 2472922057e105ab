using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>
/// The types that declarations are made of, as one compilation sees them, and whatever all declarations in it share.
/// Each declaration is read again after every edit, so what they share is worked out once.
/// </summary>
sealed class KnownTypes
{
    static readonly ConditionalWeakTable<Compilation, KnownTypes> known = new();

    readonly ConcurrentDictionary<INamedTypeSymbol, bool> rules = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<INamedTypeSymbol, Defense> defenses = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<INamedTypeSymbol, EnsembleDeclaration> ensembles =
        new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<string, ConcurrentDictionary<string, ITypeSymbol?>> meanings = new();
    readonly Lazy<HashSet<string>> inheritedNames;
    readonly Lazy<INamedTypeSymbol?> module;
    readonly Lazy<INamedTypeSymbol?> trainable;
    readonly Lazy<SuiteTypes?> suites;

    KnownTypes(Compilation compilation, IAssemblySymbol library)
    {
        // In one assembly: a compilation looks through all of its references for each name.
        INamedTypeSymbol? Find(string metadataName) => library.GetTypeByMetadataName(metadataName);

        Compilation = compilation;
        EnsembleAttribute = Find(MetadataNames.EnsembleAttribute)!;
        MemberAttribute = Find(MetadataNames.MemberAttribute)!;
        GateAttribute = Find(MetadataNames.GateAttribute)!;
        FrontAttribute = Find(MetadataNames.FrontAttribute)!;
        DefenseAttribute = Find(MetadataNames.DefenseAttribute)!;
        ClaimsAttribute = Find(MetadataNames.ClaimsAttribute)!;
        Ensemble = Find(MetadataNames.Ensemble)!;
        Classifier = Find(MetadataNames.Classifier)!;
        Detector = Find(MetadataNames.Detector)!;
        InputTransform = Find(MetadataNames.InputTransform)!;
        Randomized = Find(MetadataNames.Randomized)!;
        VotingRule = Find(MetadataNames.VotingRule)!;
        VoteScriptAttribute = Find(MetadataNames.VoteScriptAttribute)!;
        FittedRule = Find(MetadataNames.FittedRule)!;
        VotersAttribute = Find(MetadataNames.VotersAttribute)!;
        MajorityVote = Find(MetadataNames.MajorityVote)!;
        Strength = Find(MetadataNames.Strength)!;
        inheritedNames = new(() => [.. Ensemble.SelfAndBases().SelectMany(type => type.MemberNames)]);
        module = new(() => compilation.GetTypeByMetadataName(MetadataNames.Module));
        trainable = new(() => compilation.SourceModule.ReferencedAssemblySymbols
            .FirstOrDefault(assembly => assembly.Name == MetadataNames.Training)?
            .GetTypeByMetadataName(MetadataNames.Trainable));
        suites = new(() => SuiteTypes.Find(compilation));
    }

    public Compilation Compilation { get; }
    public INamedTypeSymbol EnsembleAttribute { get; }
    public INamedTypeSymbol MemberAttribute { get; }
    public INamedTypeSymbol GateAttribute { get; }
    public INamedTypeSymbol FrontAttribute { get; }
    public INamedTypeSymbol DefenseAttribute { get; }
    public INamedTypeSymbol ClaimsAttribute { get; }
    public INamedTypeSymbol Ensemble { get; }
    public INamedTypeSymbol Classifier { get; }
    public INamedTypeSymbol Detector { get; }
    public INamedTypeSymbol InputTransform { get; }
    public INamedTypeSymbol Randomized { get; }
    public INamedTypeSymbol VotingRule { get; }
    public INamedTypeSymbol VoteScriptAttribute { get; }
    public INamedTypeSymbol FittedRule { get; }
    public INamedTypeSymbol VotersAttribute { get; }
    public INamedTypeSymbol MajorityVote { get; }
    public INamedTypeSymbol Strength { get; }

    /// <summary>Whether the compilation knows TorchSharp's modules.</summary>
    public bool HasModule => module.Value is not null;

    /// <summary>TorchSharp's base class of all modules, where <see cref="HasModule"/>.</summary>
    public INamedTypeSymbol Module => module.Value!;

    /// <summary>
    /// The interface of what can be trained; null in a project that does not reference Ensembles.Training.
    /// </summary>
    public INamedTypeSymbol? Trainable => trainable.Value;

    /// <summary>The types of ablation suites; null in a project that does not reference Ensembles.Xunit.</summary>
    public SuiteTypes? Suites => suites.Value;

    /// <summary>The names that every ensemble inherits.</summary>
    public HashSet<string> InheritedNames => inheritedNames.Value;

    /// <summary>What types and attributes mean, as they are written in one scope.</summary>
    /// <param name="scope">The usings and namespaces around a class that adds no meaning of its own.</param>
    public ConcurrentDictionary<string, ITypeSymbol?> Meanings(string scope) => meanings.GetOrAdd(scope, _ => new());

    /// <summary>Whether a type is a voting rule that generated code can call.</summary>
    public bool IsRule(INamedTypeSymbol type) => rules.GetOrAdd(type, t => t.ImplementsOpenly(VotingRule));

    /// <summary>What a class says about itself as a defense, marked as one or not.</summary>
    public Defense Defense(INamedTypeSymbol type) => defenses.GetOrAdd(type, t => new Defense(t, this));

    /// <summary>The declaration of a class that has the attribute, read once for all who ask.</summary>
    public EnsembleDeclaration Declaration(INamedTypeSymbol type) =>
        ensembles.GetOrAdd(type, t => new EnsembleDeclaration(t, this, null, CancellationToken.None));

    bool AreComplete => new INamedTypeSymbol?[]
    {
        EnsembleAttribute, MemberAttribute, GateAttribute, FrontAttribute, DefenseAttribute, ClaimsAttribute, Ensemble,
        Classifier, Detector, InputTransform, Randomized, VotingRule, VoteScriptAttribute, FittedRule, VotersAttribute,
        MajorityVote, Strength,
    }.All(type => type is not null);

    /// <summary>The types, or null where the library lacks one.</summary>
    /// <param name="compilation">The compilation.</param>
    /// <param name="library">The assembly that has them.</param>
    public static KnownTypes? Of(Compilation compilation, IAssemblySymbol library) =>
        known.GetValue(compilation, c => new KnownTypes(c, library)) is { AreComplete: true } types ? types : null;

    /// <summary>The types, or null where a reference is missing or a name stands for two types.</summary>
    public static KnownTypes? Of(Compilation compilation) =>
        compilation.GetTypeByMetadataName(MetadataNames.Ensemble)?.ContainingAssembly is { } library
            ? Of(compilation, library)
            : null;
}

/// <summary>The types that ablation suites are made of.</summary>
/// <param name="SuiteAttribute"><c>[AblationSuite]</c>.</param>
/// <param name="Tests">The base class of suites.</param>
/// <param name="MayAddNothingAttribute"><c>[MayAddNothing]</c>.</param>
/// <param name="MayNotShowAttribute"><c>[MayNotShow]</c>.</param>
/// <param name="Frameworks">The test frameworks of the compilation that tests are written for.</param>
sealed record SuiteTypes(
    INamedTypeSymbol SuiteAttribute,
    INamedTypeSymbol Tests,
    INamedTypeSymbol MayAddNothingAttribute,
    INamedTypeSymbol MayNotShowAttribute,
    IReadOnlyList<TestFramework> Frameworks)
{
    public static SuiteTypes? Find(Compilation compilation) =>
        compilation.GetTypeByMetadataName(MetadataNames.AblationSuiteAttribute) is { } suite
        && compilation.GetTypeByMetadataName(MetadataNames.AblationTests) is { } tests
        && compilation.GetTypeByMetadataName(MetadataNames.MayAddNothingAttribute) is { } mayAddNothing
        && compilation.GetTypeByMetadataName(MetadataNames.MayNotShowAttribute) is { } mayNotShow
            ? new(suite, tests, mayAddNothing, mayNotShow, TestFramework.In(compilation))
            : null;
}
