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
        // What an ensemble claims is read from its own declaration.
        return defense.IsEnsemble || strengths.All(strength => strength.IsVisibleEverywhere)
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
        var inner = defense.IsEnsemble && !DeclaredComponent.IsPartOfItself(type, known)
            ? new InnerModel(new(ClassesIn(type).Select(part => models.GetOrAdd(part, Everywhere).Model)))
            : null;
        var strengths = defense.Strengths.Where(strength => strength.ImplementsOpenly(known.Strength)).ToList();
        var model = new DefenseModel(
            type.FullName(),
            type.Name,
            new(defense.Categories?.Select(category => category.ToString()) ?? []),
            new(strengths.Select(strength => strength.FullName())),
            IsRandomized: type.Implements(known.Randomized),
            IsConstructible: !type.IsAbstract && (inner is null || IsReachable(type)),
            inner is null ? TrainingOf(type) : TrainingOfEnsemble(type),
            Silenced: new(strengths
                .SelectMany(strength => strength.GetMembers("Name").Prepend(strength))
                .Concat(TrainOf(type))
                .Prepend(type)
                .SelectMany(IdsOf)
                .Concat(inner?.Components.SelectMany(component => component.Silenced) ?? [])))
        {
            Inner = inner,
        };
        return (model, [.. strengths.Select(s => new Strength(s, s.FullName(), s.IsVisibleEverywhere()))]);
    }

    IEnumerable<Defense> ClassesIn(INamedTypeSymbol ensemble) => DeclaredComponent.Of(ensemble, known)
        .Select(component => component.Class)
        .OfType<INamedTypeSymbol>()
        .Select(known.Defense);

    /// <summary>
    /// Whether a registration can name an ensemble's components and call its constructor, which is public where these
    /// are visible everywhere.
    /// </summary>
    bool IsReachable(INamedTypeSymbol ensemble)
    {
        var components = DeclaredComponent.Of(ensemble, known);
        bool IsNameable(ITypeSymbol type) =>
            !type.IsOfOneFile() && known.Compilation.IsSymbolAccessibleWithin(type, known.Compilation.Assembly);
        return IsNameable(ensemble)
            && components.All(component => IsNameable(component.Property.Type))
            && (ensemble.OriginalDefinition.DeclaringSyntaxReferences.Length == 0
                ? ensemble.InstanceConstructors.Any(constructor =>
                    constructor.DeclaredAccessibility == Accessibility.Public
                    && constructor.Parameters.Select(parameter => parameter.Type).SequenceEqual(
                        components.Select(component => component.Property.Type), SymbolEqualityComparer.Default))
                : components.All(component => component.Property.Type.IsVisibleEverywhere())
                    || components.All(component => component.Property.DeclaredAccessibility
                        is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal));
    }

    /// <summary>
    /// An ensemble is trained by the <c>Train</c> that is generated, or by one of its own that takes the same.
    /// </summary>
    TrainingModel TrainingOfEnsemble(INamedTypeSymbol ensemble)
    {
        if (known.Trainable is null)
            return TrainingModel.None;
        var own = InnerFaults.TrainingsOf(ensemble);
        var isTrained = own.Count > 0
            ? own.Any(InnerFaults.IsTrainingOfEnsemble)
            : ClassesIn(ensemble).Any(part =>
                models.GetOrAdd(part, Everywhere).Model.Training != TrainingModel.None);
        return isTrained ? TrainingModel.Open : TrainingModel.None;
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
