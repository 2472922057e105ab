using Ensembles.Analyzers.Reading;
using Ensembles.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Declarations;

/// <summary>What in the class keeps the generator from making an ensemble of it.</summary>
static class EnsembleObstacles
{
    public static IEnumerable<Obstacle> Of(EnsembleDeclaration ensemble, CancellationToken cancellation) =>
        Attributes(ensemble).Concat(Rule(ensemble)).Concat(Names(ensemble)).Concat(Constructors(ensemble, cancellation));

    static IEnumerable<Obstacle> Attributes(EnsembleDeclaration ensemble)
    {
        foreach (var second in ensemble.Type.AttributesOf(ensemble.Known.EnsembleAttribute).Skip(1))
            yield return new(second.Place(), "it is declared an ensemble twice");
    }

    static IEnumerable<Obstacle> Rule(EnsembleDeclaration ensemble)
    {
        // A rule of another kind the compiler refuses: it breaks the attribute's constraint.
        if (ensemble.Rule is { TypeKind: TypeKind.Class or TypeKind.Struct } rule
            && rule.AllInterfaces.Contains(ensemble.Known.VotingRule, SymbolEqualityComparer.Default)
            && ensemble.Known.VotingRule.GetMembers().Any(member => !IsOpen(rule, member)))
            yield return new(ensemble.Attribute.Place(), $"{Wording.Code(rule)} implements IVotingRule explicitly, so that its members cannot be called by name");
    }

    // By the implementation's name: metadata lists every static implementation as an explicit one.
    static bool IsOpen(INamedTypeSymbol rule, ISymbol member) =>
        !member.IsStatic || !member.IsAbstract
        || rule.FindImplementationForInterfaceMember(member) is not { } implementation
        || (implementation.DeclaredAccessibility == Accessibility.Public && implementation.Name == member.Name);

    static IEnumerable<Obstacle> Names(EnsembleDeclaration ensemble)
    {
        var type = ensemble.Type;
        if (EmittedNames.All.Contains(type.Name))
            yield return new(type.Place(), "its generated part has a member of that name");
        foreach (var member in EmittedNames.All.SelectMany(name => type.GetMembers(name)).Where(member => member is not IMethodSymbol))
            yield return new(member.Place(), $"its generated part has a member {Wording.Code(member.Name)} too");

        var inherited = new HashSet<string>(ensemble.Known.Ensemble.SelfAndBases().SelectMany(t => t.MemberNames));
        foreach (var component in ensemble.Components.Where(component => inherited.Contains(component.Name) && !EmittedNames.All.Contains(component.Name)))
            yield return new(component.Property.Place(), $"it inherits another {Wording.Code(component.Name)}");
    }

    static IEnumerable<Obstacle> Constructors(EnsembleDeclaration ensemble, CancellationToken cancellation)
    {
        foreach (var part in ensemble.Type.DeclaringSyntaxReferences.Select(p => p.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>())
        {
            if (part.ParameterList is { } parameters)
                yield return new(parameters.GetLocation(), "it has a primary constructor, and its generated constructor takes the components");
        }

        var components = ensemble.Components.Select(component => component.Property.Type).ToList();
        foreach (var constructor in ensemble.Type.InstanceConstructors)
        {
            if (!constructor.IsImplicitlyDeclared
                && constructor.Parameters.Select(parameter => parameter.Type).SequenceEqual(components, SymbolEqualityComparer.Default))
                yield return new(constructor.Place(), "its generated constructor has the same parameters");
        }
    }
}
