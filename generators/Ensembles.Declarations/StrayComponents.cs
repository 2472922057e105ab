using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>
/// Properties with <c>[Member]</c>, <c>[Gate]</c> or <c>[Front]</c> in a type without <c>[Ensemble]</c>, which mean
/// nothing there.
/// </summary>
sealed class StrayComponents
{
    StrayComponents(INamedTypeSymbol type, WrittenClass written, IReadOnlyList<Component> components) =>
        (Type, Written, Components) = (type, written, components);

    public INamedTypeSymbol Type { get; }

    public WrittenClass Written { get; }

    /// <summary>The components, at least one.</summary>
    public IReadOnlyList<Component> Components { get; }

    /// <summary>The type's name in the part that holds the first of them.</summary>
    public Location? Place => Components[0].Syntax?.Parent is TypeDeclarationSyntax part
        ? part.Identifier.GetLocation()
        : Type.Place();

    /// <summary>
    /// Whether a property in this part of a type has an attribute of that name: all that is asked of most types.
    /// </summary>
    public static bool MayBeIn(TypeDeclarationSyntax part) => part.Members.Any(member =>
        member is BasePropertyDeclarationSyntax property
        && property.AttributeLists.Any(list => list.Attributes.Any(IsNamedAsComponent)));

    /// <summary>The components; null where there are none, or where the type is an ensemble or is to be one.</summary>
    /// <param name="type">The type.</param>
    /// <param name="known">The types that declarations are made of.</param>
    /// <param name="model">The meaning of one of the type's files; null where it is asked for.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static StrayComponents? Of(
        INamedTypeSymbol type, KnownTypes known, SemanticModel? model, CancellationToken cancellation)
    {
        var written = new WrittenClass(type, known, model, cancellation);
        if (!written.Parts.Any(MayBeIn) || type.GetAttributes().Any(attribute => IsOrShouldBe(attribute, known)))
            return null;
        List<Component> components =
        [
            .. written.Members
                .OfType<BasePropertyDeclarationSyntax>()
                .Select(property => Component.Of(property, written, known))
                .OfType<Component>(),
        ];
        return components.Count == 0 ? null : new(type, written, components);
    }

    /// <summary>
    /// Whether this part of a type has an attribute that is written as that of ensembles is, with the rule: so nothing
    /// needs to be bound to tell that its components are no strays.
    /// </summary>
    public static bool IsWrittenAsEnsemble(TypeDeclarationSyntax part) => part.AttributeLists.Any(list =>
        list.Attributes.Any(attribute =>
            Last(attribute) is GenericNameSyntax { Identifier.ValueText: "Ensemble" or "EnsembleAttribute" }));

    static bool IsNamedAsComponent(AttributeSyntax attribute) => Last(attribute)?.Identifier.ValueText
        is "Member" or "MemberAttribute" or "Gate" or "GateAttribute" or "Front" or "FrontAttribute";

    static SimpleNameSyntax? Last(AttributeSyntax attribute) => attribute.Name switch
    {
        QualifiedNameSyntax qualified => qualified.Right,
        AliasQualifiedNameSyntax qualified => qualified.Name,
        SimpleNameSyntax simple => simple,
        _ => null,
    };

    // An attribute without its rule, as it is while one types, is the compiler's to report.
    static bool IsOrShouldBe(AttributeData attribute, KnownTypes known) =>
        attribute.AttributeClass is { } type
        && (SymbolEqualityComparer.Default.Equals(type.OriginalDefinition, known.EnsembleAttribute)
            || type is { TypeKind: TypeKind.Error, Name: "Ensemble" or "EnsembleAttribute" });
}
