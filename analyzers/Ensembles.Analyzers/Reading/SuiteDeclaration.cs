using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>A class with <c>[AblationSuite]</c>.</summary>
public sealed class SuiteDeclaration
{
    SuiteDeclaration(AttributeData attribute, ITypeSymbol ensemble, INamedTypeSymbol @base) => (Attribute, Ensemble, Base) = (attribute, ensemble, @base);

    /// <summary>The <c>[AblationSuite]</c> attribute.</summary>
    public AttributeData Attribute { get; }

    /// <summary>What it names.</summary>
    public ITypeSymbol Ensemble { get; }

    /// <summary>The base class that its generated part has.</summary>
    public INamedTypeSymbol Base { get; }

    /// <summary>The declaration; null for a class without <c>[AblationSuite]</c>.</summary>
    public static SuiteDeclaration? Of(INamedTypeSymbol type, KnownTypes known) =>
        known.AblationSuiteAttribute is { } attribute
        && known.AblationTests is { } tests
        && type.AttributesOf(attribute).FirstOrDefault() is { AttributeClass.TypeArguments: [var ensemble] } data
            ? new SuiteDeclaration(data, ensemble, tests.Construct(ensemble))
            : null;
}
