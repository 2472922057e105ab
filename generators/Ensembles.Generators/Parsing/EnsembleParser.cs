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
            [
                .. type.DeclaredNames(), type.Name, FieldKeyword,
                .. InheritanceFaults.NamesAbove(type, ensemble.Known),
            ]);
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
            IsDerived = ensemble.Base is not null,
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
            TrainModifier = TrainModifier(ensemble),
            ConstructorAccessibility = SyntaxFacts.GetText(constructor),
            DerivingAccessibility =
                SyntaxFacts.GetText(RegistrationParser.DerivingConstructor(constructor, type.IsSealed)),
            NameParameter = parser.Parameter("name"),
            WeightsField = names.Claim(ensemble.IsFitted ? "vote" : "weights"),
            Silenced = parser.Silenced(rule),
            Registration = RegistrationParser.Parse(type, constructor),
        };
    }

    /// <summary>The modifier of the emitted training; null where a person's takes its place.</summary>
    static string? TrainModifier(EnsembleDeclaration ensemble)
    {
        var (type, known) = (ensemble.Type, ensemble.Known);
        if (type.Name == "Train"
            || type.DeclaredNames().Contains("Train")
            || InheritanceFaults.OwnTrainingAbove(type, known) is not null)
            return null;
        // Of a class in source nothing is emitted yet.
        var above = DeclaredComponent.BasesOf(type, known).SelectMany(other => other.GetMembers("Train"));
        var isWritten = ensemble.Base is { DeclaringSyntaxReferences.Length: > 0 };
        return above.Any() || (isWritten && IsTrained(ensemble.Base!, known))
            ? "override "
            : type.IsSealed ? "" : "virtual ";
    }

    static bool IsTrained(INamedTypeSymbol ensemble, KnownTypes known) => DeclaredComponent.Of(ensemble, known)
        .Any(component => component.Class is { } type
            && DefenseParser.Of(known).Parse(known.Defense(type), ensemble).Training != TrainingModel.None);

    static ScriptModel? ScriptOf(INamedTypeSymbol rule, KnownTypes known) =>
        rule.AttributesOf(known.VoteScriptAttribute).FirstOrDefault()
            is { ConstructorArguments: [{ Value: string scores }, { Value: string labels }] }
            ? new(scores, labels)
            : null;
}
