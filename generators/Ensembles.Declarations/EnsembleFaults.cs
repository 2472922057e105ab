using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>What in a class as a whole keeps the generator from making an ensemble of it.</summary>
static class EnsembleFaults
{
    public static IEnumerable<Fault> Of(EnsembleDeclaration ensemble) => OfAttributes(ensemble)
        .Concat(OfRule(ensemble))
        .Concat(OfNames(ensemble))
        .Concat(OfConstructors(ensemble))
        .Concat(OfMembers(ensemble))
        .Concat(NumberFaults.Of(ensemble));

    static IEnumerable<Fault> OfAttributes(EnsembleDeclaration ensemble) =>
        ensemble.Attributes.Skip(1)
            .Select(second => CannotComplete(ensemble, second.Place(), "it is declared an ensemble twice"));

    static IEnumerable<Fault> OfRule(EnsembleDeclaration ensemble)
    {
        if (ensemble.Rule is { } rule && ensemble.Known.IsRule(rule) && !rule.IsOfOneFile())
            yield break;

        if (ensemble.Rule is { } own && ensemble.Known.IsRule(own))
        {
            yield return CannotComplete(
                ensemble, ensemble.Attribute.Place(), $"its rule {Wording.Code(own)} is visible in its file alone");
            yield break;
        }

        var contract = ensemble.Known.VotingRule;
        if (ensemble.Rule is { TypeKind: TypeKind.Class or TypeKind.Struct } hidden
            && hidden.Implements(contract)
            && contract.GetMembers()
                .Any(member => member.IsStaticAbstract() && hidden.OpenlyImplements(member) == false))
        {
            yield return CannotComplete(
                ensemble, ensemble.Attribute.Place(),
                $"{Wording.Code(hidden)} implements IVotingRule explicitly, "
                + "so that its members cannot be called by name");
        }
        else
        {
            // A rule of another kind breaks the attribute's constraint.
            yield return Fault.Elsewhere;
        }
    }

    static IEnumerable<Fault> OfNames(EnsembleDeclaration ensemble)
    {
        var type = ensemble.Type;
        if (EmittedNames.All.Contains(type.Name))
            yield return CannotComplete(ensemble, type.Place(), "its generated part has a member of that name");
        var taken = EmittedNames.All.Intersect(type.DeclaredNames());
        foreach (var member in taken.SelectMany(name => type.GetMembers(name)))
        {
            if (!IsOverload(member, ensemble))
                yield return CannotComplete(
                    ensemble, member.Place(), $"its generated part has a member {Wording.Code(member.Name)} too");
        }

        foreach (var parameter in type.TypeParameters.Where(parameter => EmittedNames.All.Contains(parameter.Name)))
            yield return CannotComplete(
                ensemble, parameter.Place(), $"its generated part has a member {Wording.Code(parameter.Name)} too");

        // TorchSharp looks fields up by name, so no component may be called like something inherited.
        foreach (var component in ensemble.Own)
        {
            if (ensemble.Known.InheritedNames.Contains(component.Name) && !EmittedNames.All.Contains(component.Name))
                yield return CannotComplete(
                    ensemble, component.Place, $"it inherits another {Wording.Code(component.Name)}");
        }
    }

    /// <summary>Whether a member may stand beside an emitted one of its name: a method with other parameters.</summary>
    static bool IsOverload(ISymbol member, EnsembleDeclaration ensemble) =>
        member is IMethodSymbol { ExplicitInterfaceImplementations: [] } method
        && EmittedNames.Methods.Contains(method.Name)
        && (method.IsGenericMethod || !ensemble.Known.Ensemble.SelfAndBases()
            .SelectMany(type => type.GetMembers(method.Name))
            .OfType<IMethodSymbol>()
            .Any(emitted => HasParametersOf(emitted, method)));

    static bool HasParametersOf(IMethodSymbol emitted, IMethodSymbol method) =>
        emitted.Parameters.Select(parameter => parameter.Type)
            .SequenceEqual(method.Parameters.Select(parameter => parameter.Type), SymbolEqualityComparer.Default);

    static IEnumerable<Fault> OfConstructors(EnsembleDeclaration ensemble)
    {
        foreach (var part in ensemble.Written.Parts)
        {
            if (part.ParameterList is { } parameters)
            {
                const string reason =
                    "it has a primary constructor, and its generated constructor takes the components";
                yield return CannotComplete(ensemble, parameters.GetLocation(), reason);
            }
        }

        if (!ensemble.Written.Members.Any(member => member is ConstructorDeclarationSyntax))
            yield break;
        var components = ensemble.Components.Select(component => component.Type).ToList();
        foreach (var constructor in ensemble.Type.InstanceConstructors.Where(c => !c.IsImplicitlyDeclared))
        {
            var types = constructor.Parameters.Select(parameter => parameter.Type);
            // Beside the one that takes the components stands one that takes the ensemble's name first.
            if (types.FirstOrDefault() is { SpecialType: SpecialType.System_String })
                types = types.Skip(1);
            if (types.SequenceEqual(components, SymbolEqualityComparer.Default))
                yield return CannotComplete(
                    ensemble, constructor.Place(), "its generated constructor has the same parameters");
        }
    }

    static IEnumerable<Fault> OfMembers(EnsembleDeclaration ensemble)
    {
        if (ensemble.Members.Count > 0)
            yield break;

        var gates = ensemble.Gates.Select(gate => gate.Name).ToList();
        yield return new(FaultKind.NoMembers, ensemble.Place, ensemble.Name, gates.Count switch
        {
            0 => "nothing votes",
            1 => $"{Wording.Names(gates)} has nothing to guard",
            _ => $"{Wording.Names(gates)} have nothing to guard",
        });
    }

    static Fault CannotComplete(EnsembleDeclaration ensemble, Location? place, string reason) =>
        TypeFaults.CannotComplete(ensemble.Type, place, reason);
}
