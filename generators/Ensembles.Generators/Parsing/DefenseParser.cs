using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Makes models of defenses and names voting rules, once for all declarations of a compilation, since full names take
/// long to make.
/// </summary>
sealed class DefenseParser
{
    static readonly ConditionalWeakTable<KnownTypes, DefenseParser> parsers = new();

    readonly ConcurrentDictionary<INamedTypeSymbol, string> fullNames = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<INamedTypeSymbol, string[]> silenced = new(SymbolEqualityComparer.Default);
    readonly ConcurrentDictionary<Defense, (DefenseModel Model, IReadOnlyList<Strength> Strengths)> models = new();
    readonly KnownTypes known;

    DefenseParser(KnownTypes known) => this.known = known;

    /// <summary>The parser for the compilation that the types are of.</summary>
    public static DefenseParser Of(KnownTypes known) => parsers.GetValue(known, k => new DefenseParser(k));

    /// <summary>A rule's full name.</summary>
    public string FullName(INamedTypeSymbol rule) => fullNames.GetOrAdd(rule, r => r.FullName());

    /// <summary>The diagnostics that naming a rule and calling it raises.</summary>
    public IReadOnlyList<string> Silenced(INamedTypeSymbol rule) => silenced.GetOrAdd(rule, named =>
    [
        .. named.SelfAndBases()
            .SelectMany(type => type.GetMembers("Scores").Concat(type.GetMembers("Labels")))
            .Prepend(named)
            .SelectMany(IdsOf),
    ]);

    /// <summary>The diagnostics that naming a defense, its strengths and its training raises.</summary>
    public IEnumerable<string> Silenced(Defense defense) => models.GetOrAdd(defense, Everywhere).Model.Silenced;

    /// <summary>The defense as seen from the ensemble that it stands in.</summary>
    // A strength that generated code cannot name is left out: an internal one of another assembly, or one of a file.
    public DefenseModel Parse(Defense defense, INamedTypeSymbol ensemble)
    {
        var (model, strengths) = models.GetOrAdd(defense, Everywhere);
        return strengths.All(strength => strength.IsVisibleEverywhere)
            ? model
            : model with
            {
                Strengths = new(strengths
                    .Where(strength => strength.IsVisibleEverywhere
                        || (!strength.Type.IsOfOneFile()
                            && known.Compilation.IsSymbolAccessibleWithin(strength.Type, ensemble)))
                    .Select(strength => strength.FullName)),
            };
    }

    (DefenseModel Model, IReadOnlyList<Strength> Strengths) Everywhere(Defense defense)
    {
        var type = defense.Type;
        var strengths = defense.Strengths.Where(strength => strength.ImplementsOpenly(known.Strength)).ToList();
        var model = new DefenseModel(
            type.FullName(),
            type.Name,
            new(defense.Categories?.Select(category => category.ToString()) ?? []),
            new(strengths.Select(strength => strength.FullName())),
            IsRandomized: type.Implements(known.Randomized),
            IsConstructible: !type.IsAbstract,
            TrainingOf(type),
            Silenced: new(strengths
                .SelectMany(strength => strength.GetMembers("Name").Prepend(strength))
                .Concat(TrainOf(type))
                .Prepend(type)
                .SelectMany(IdsOf)));
        return (model, [.. strengths.Select(s => new Strength(s, s.FullName(), s.IsVisibleEverywhere()))]);
    }

    IEnumerable<string> IdsOf(ISymbol symbol) => Markings.IdsOf(symbol, known.Compilation.Assembly);

    IEnumerable<ISymbol> TrainOf(INamedTypeSymbol type) =>
        known.Trainable is { } trainable && type.Implements(trainable)
        ? trainable.GetMembers().Select(type.FindImplementationForInterfaceMember).OfType<ISymbol>()
        : [];

    TrainingModel TrainingOf(INamedTypeSymbol type)
    {
        if (known.Trainable is not { } trainable || !type.Implements(trainable))
            return TrainingModel.None;
        return trainable.GetMembers().All(member => type.OpenlyImplements(member) == true)
            ? TrainingModel.Open
            : TrainingModel.Explicit;
    }

    sealed record Strength(INamedTypeSymbol Type, string FullName, bool IsVisibleEverywhere);
}
