using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>A class with <c>[Ensemble]</c>, as it is written: well-formed or not.</summary>
sealed class EnsembleDeclaration
{
    /// <param name="type">A class that has the attribute.</param>
    /// <param name="known">The types that declarations are made of.</param>
    /// <param name="model">
    /// The meaning of one of the class's files; of others, and where it is null, it is asked for.
    /// </param>
    /// <param name="cancellation">Stops the reading.</param>
    public EnsembleDeclaration(
        INamedTypeSymbol type, KnownTypes known, SemanticModel? model, CancellationToken cancellation)
    {
        Type = type;
        Known = known;
        Written = new WrittenClass(type, known, model, cancellation);
        Attributes = [.. type.AttributesOf(known.EnsembleAttribute)];
        Rule = Attribute.AttributeClass?.TypeArguments.FirstOrDefault() as INamedTypeSymbol;
        Quorum = Attribute.Argument(QuorumArgument, otherwise: 1);
        Base = DeclaredComponent.BasesOf(type, known).FirstOrDefault();
        Own =
        [
            .. Written.Members
                .OfType<BasePropertyDeclarationSyntax>()
                .Select(property => Component.Of(property, Written, known))
                .OfType<Component>(),
        ];
        Components = Base is null
            ? Own
            : [.. DeclaredComponent.Of(Base, known).Select(part => Component.Of(part, known)), .. Own];
        Fronts = [.. Components.Where(component => component.IsFront)];
        Members = [.. Components.Where(component => component.IsMember)];
        Gates = [.. Components.Where(component => component.IsGate)];
    }

    /// <summary>The argument of <c>[Ensemble]</c>.</summary>
    public const string QuorumArgument = "Quorum";

    public INamedTypeSymbol Type { get; }

    public string Name => Type.Name;

    public KnownTypes Known { get; }

    public WrittenClass Written { get; }

    /// <summary>Its <c>[Ensemble]</c> attributes; more than one is a fault.</summary>
    public IReadOnlyList<AttributeData> Attributes { get; }

    /// <summary>The first of them.</summary>
    public AttributeData Attribute => Attributes[0];

    /// <summary>The voting rule; null where the type argument is missing or no class.</summary>
    public INamedTypeSymbol? Rule { get; }

    /// <summary>The parts that the rule gives its members, in order of declaration; null where it gives none.</summary>
    public IReadOnlyList<string>? Parts =>
        Rule?.AttributesOf(Known.VotersAttribute).FirstOrDefault()
            is { ConstructorArguments: [{ IsNull: false } parts] }
            ? [.. parts.Values.Select(part => part.Value as string ?? "")]
            : null;

    /// <summary>Whether the rule has numbers that are fitted on validation images.</summary>
    public bool IsFitted => Rule?.Implements(Known.FittedRule) == true;

    /// <summary>How many members must agree; null where that is no number.</summary>
    public int? Quorum { get; }

    /// <summary>The ensemble that the class derives from; null for most.</summary>
    public INamedTypeSymbol? Base { get; }

    /// <summary>The components that are written in the class, in order of declaration.</summary>
    public IReadOnlyList<Component> Own { get; }

    /// <summary>Fronts, members and gates, in order of declaration, those that are inherited before its own.</summary>
    public IReadOnlyList<Component> Components { get; }

    public IReadOnlyList<Component> Fronts { get; }

    public IReadOnlyList<Component> Members { get; }

    public IReadOnlyList<Component> Gates { get; }

    /// <summary>Why it is not well-formed; none where it is.</summary>
    /// <remarks>
    /// For the class as a person writes it: with the generator's part of it, names would seem to clash.
    /// </remarks>
    public IEnumerable<Fault> Faults => TypeFaults
        .OfEnsemble(Type, Known)
        .Concat(EnsembleFaults.Of(this))
        .Concat(InheritanceFaults.Of(this))
        .Concat(Own.SelectMany(component => ComponentFaults.Of(component, this)));

    /// <summary>Whether the generator writes the rest of the class, or has written it.</summary>
    public bool IsComplete => IsGenerated || !Faults.Any();

    /// <summary>Whether the generator has written the rest of the class.</summary>
    public bool IsGenerated => Type.GetMembers("Declaration").Any(SymbolExtensions.IsEmitted);

    /// <summary>The class's name where its attribute stands: other parts of the class may lie in other files.</summary>
    public Location? Place =>
        Attribute.ApplicationSyntaxReference?.GetSyntax().FirstAncestorOrSelf<BaseTypeDeclarationSyntax>() is { } part
            ? part.Identifier.GetLocation()
            : Type.Place();

    /// <summary>Where a component is written; the class's name for one that it inherits.</summary>
    public Location? PlaceOf(Component component) => component.Place ?? Place;

    /// <summary>The declaration; null for a class without <c>[Ensemble]</c>.</summary>
    public static EnsembleDeclaration? Of(INamedTypeSymbol type, KnownTypes known) =>
        type.AttributesOf(known.EnsembleAttribute).Any() ? known.Declaration(type) : null;
}
