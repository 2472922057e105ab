using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>Questions about symbols.</summary>
static class SymbolExtensions
{
    /// <summary>The types around a type, innermost first.</summary>
    public static IEnumerable<INamedTypeSymbol> Containers(this ISymbol symbol)
    {
        for (var container = symbol.ContainingType; container is not null; container = container.ContainingType)
            yield return container;
    }

    /// <summary>The type and its base types.</summary>
    public static IEnumerable<INamedTypeSymbol> SelfAndBases(this INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
            yield return current;
    }

    public static bool DerivesFrom(this INamedTypeSymbol type, INamedTypeSymbol ancestor) =>
        type.SelfAndBases().Any(t => SymbolEqualityComparer.Default.Equals(t.OriginalDefinition, ancestor));

    public static bool Implements(this INamedTypeSymbol type, INamedTypeSymbol contract) =>
        type.AllInterfaces.Contains(contract, SymbolEqualityComparer.Default);

    /// <summary>Whether the type implements one of the library's interfaces, by the interface's name.</summary>
    public static bool Declares(this INamedTypeSymbol type, string contract) => type.AllInterfaces.Any(i =>
        i.Name == contract
            && i.ContainingNamespace is { Name: "Ensembles", ContainingNamespace.IsGlobalNamespace: true });

    /// <summary>
    /// Whether "Type.Member" reaches what the type gives for every static member of the interface: not so for explicit
    /// implementations.
    /// </summary>
    public static bool ImplementsOpenly(this INamedTypeSymbol type, INamedTypeSymbol contract) =>
        type.TypeKind is TypeKind.Class or TypeKind.Struct
        && type.Implements(contract)
        && contract.GetMembers().Where(IsStaticAbstract).All(member => type.OpenlyImplements(member) == true);

    /// <summary>
    /// Whether a type implements a member of an interface by a public member of that name; null where it does not at
    /// all.
    /// </summary>
    public static bool? OpenlyImplements(this INamedTypeSymbol type, ISymbol member) =>
        type.FindImplementationForInterfaceMember(member) is { } implementation
            // Not by ExplicitInterfaceImplementations: metadata lists every static implementation there.
            ? implementation.DeclaredAccessibility == Accessibility.Public && implementation.Name == member.Name
            : null;

    /// <summary>Whether the generator has written a member.</summary>
    public static bool IsEmitted(this ISymbol member) => member.GetAttributes().Any(attribute => attribute is
    {
        AttributeClass.Name: "GeneratedCodeAttribute",
        ConstructorArguments: [{ Value: "Ensembles.Generators" }, ..],
    });

    public static bool IsStaticAbstract(this ISymbol member) => member.IsStatic && member.IsAbstract;

    /// <summary>The names of what a type declares: members, types and type parameters.</summary>
    public static IEnumerable<string> DeclaredNames(this INamedTypeSymbol type) => type.MemberNames
        .Concat(type.GetTypeMembers().Select(inner => inner.Name))
        .Concat(type.TypeParameters.Select(parameter => parameter.Name));

    /// <summary>
    /// Whether a type, or one that it is made of, is visible in its file alone, where nothing is emitted.
    /// </summary>
    public static bool IsOfOneFile(this ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => array.ElementType.IsOfOneFile(),
        INamedTypeSymbol named => named.Containers().Prepend(named).Any(part =>
            part.IsFileLocal || part.TypeArguments.Any(IsOfOneFile)),
        _ => false,
    };

    /// <summary>The attributes of one class, also of a generic one.</summary>
    public static IEnumerable<AttributeData> AttributesOf(this ISymbol symbol, INamedTypeSymbol attribute) =>
        symbol.GetAttributes()
            .Where(data => SymbolEqualityComparer.Default.Equals(data.AttributeClass?.OriginalDefinition, attribute));

    /// <summary>
    /// A named argument of an attribute; <paramref name="otherwise"/> where it is not written, null where it is not a
    /// <typeparamref name="T"/>.
    /// </summary>
    public static T? Argument<T>(this AttributeData attribute, string name, T otherwise) where T : struct
    {
        foreach (var argument in attribute.NamedArguments)
        {
            if (argument.Key == name)
                return argument.Value is { Kind: TypedConstantKind.Primitive, Value: T value } ? value : null;
        }

        return otherwise;
    }

    /// <summary>Where the symbol is written: the first place in this compilation.</summary>
    public static Location? Place(this ISymbol symbol) =>
        symbol.Locations.FirstOrDefault(location => location.IsInSource);

    /// <summary>Where the attribute is written.</summary>
    public static Location? Place(this AttributeData attribute) =>
        attribute.ApplicationSyntaxReference is { } written ? written.SyntaxTree.GetLocation(written.Span) : null;
}
