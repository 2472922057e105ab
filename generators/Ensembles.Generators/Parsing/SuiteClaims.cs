using System.Text;
using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>What the tests of a suite know of the strengths that its components claim.</summary>
/// <param name="suite">The suite.</param>
/// <param name="names">Gives out names for tests.</param>
sealed class SuiteClaims(SuiteDeclaration suite, NameScope names)
{
    readonly List<(string Component, ITypeSymbol Strength)> stated =
    [
        .. suite.Type.AttributesOf(suite.Suites.MayNotShowAttribute)
            .Where(attribute => attribute.ConstructorArguments.FirstOrDefault().Value is string)
            .Select(attribute => (
                (string)attribute.ConstructorArguments[0].Value!, attribute.AttributeClass!.TypeArguments[0])),
    ];

    /// <summary>The claims of a component's class; those of an ensemble stand at its own components.</summary>
    public EquatableArray<SuiteClaimModel> Of(DeclaredComponent component) =>
        new(StrengthsOf(component).Select(strength =>
        {
            var mayNotShow = stated.Any(claim =>
                claim.Component == component.Path
                && SymbolEqualityComparer.Default.Equals(claim.Strength, strength));
            var (name, words) = (component.Path.Replace('.', '_'), Words(strength.Name));
            return new SuiteClaimModel(
                names.Claim(mayNotShow
                    ? $"{name}_is_measured_for_{words.Replace(' ', '_')}"
                    : $"{name}_shows_{words.Replace(' ', '_')}"),
                words,
                CanBeNamed(strength) ? strength.FullName() : null,
                strength.Name,
                mayNotShow);
        }));

    /// <summary>The diagnostics that naming the strengths raises.</summary>
    public IEnumerable<string> Silenced => suite.Components
        .SelectMany(StrengthsOf)
        .Where(CanBeNamed)
        .SelectMany(strength => Markings.IdsOf(strength, suite.Known.Compilation.Assembly));

    IEnumerable<INamedTypeSymbol> StrengthsOf(DeclaredComponent component) =>
        component.Class is { } type && !DeclaredComponent.IsEnsemble(type, suite.Known)
            ? suite.Known.Defense(type).Strengths
                .Where(strength => strength.TypeKind is TypeKind.Class or TypeKind.Struct
                    && strength.Implements(suite.Known.Strength))
                .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
            : [];

    bool CanBeNamed(INamedTypeSymbol strength) =>
        !strength.IsOfOneFile() && suite.Known.Compilation.IsSymbolAccessibleWithin(strength, suite.Type);

    /// <summary>A class name in words: "small jpeg effect" for "SmallJPEGEffect".</summary>
    static string Words(string name)
    {
        var words = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var begins = i > 0 && char.IsUpper(name[i])
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (name[i] == '_' || (begins && name[i - 1] != '_'))
                words.Append(' ');
            if (name[i] != '_')
                words.Append(char.ToLowerInvariant(name[i]));
        }

        return words.ToString();
    }
}
