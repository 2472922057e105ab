using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Parsing;

/// <summary>Makes a model of a well-formed declaration of an ensemble.</summary>
static class EnsembleParser
{
    // Inside a property it stands for the field that the compiler makes.
    const string FieldKeyword = "field";

    public static EnsembleModel Parse(EnsembleDeclaration ensemble)
    {
        var (type, rule) = (ensemble.Type, ensemble.Rule!);
        var names = new NameScope(
            ensemble.Known.InheritedNames,
            [.. type.DeclaredNames(), type.Name, FieldKeyword]);
        var parser = new ComponentParser(ensemble, names);
        // Without its only member an ensemble is none.
        var canLeaveOutMembers = ensemble.Members.Count > 1;
        EquatableArray<ComponentModel> components =
            new(ensemble.Components.Select(component => parser.Parse(component, canLeaveOutMembers)));

        var constructor = RegistrationParser.Constructor(ensemble.Components);
        return new EnsembleModel
        {
            Place = PlaceParser.Parse(type),
            Name = type.Name,
            Type = type.DeclaredName(),
            RuleName = rule.Name,
            Rule = DefenseParser.Of(ensemble.Known).FullName(rule),
            Script = ScriptOf(rule, ensemble.Known),
            IsFitted = ensemble.IsFitted,
            Quorum = ensemble.Quorum!.Value,
            Components = components,
            InnerVariants = new(ensemble.Components
                .Where(component => component.Class!.IsEnsemble)
                .SelectMany(component => DeclaredComponent.All(component.Class!.Type, ensemble.Known)
                    .Where(part => part.CanBeLeftOut)
                    .Select(part => $"{component.Name}.{part.Path}"))
                .Select(path => new InnerVariantModel(path, names.Claim($"Without{path.Replace(".", "")}")))),
            HasOwnTrain = type.Name == "Train" || type.DeclaredNames().Contains("Train"),
            ConstructorAccessibility = SyntaxFacts.GetText(constructor),
            WeightsField = names.Claim(ensemble.IsFitted ? "vote" : "weights"),
            Silenced = parser.Silenced(rule),
            Registration = RegistrationParser.Parse(type, constructor),
        };
    }

    static ScriptModel? ScriptOf(INamedTypeSymbol rule, KnownTypes known) =>
        rule.AttributesOf(known.VoteScriptAttribute).FirstOrDefault()
            is { ConstructorArguments: [{ Value: string scores }, { Value: string labels }] }
            ? new(scores, labels)
            : null;
}
