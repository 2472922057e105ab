using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads the declaration of an ablation suite. Its ensemble is declared here or in a referenced assembly.
/// </summary>
static class SuiteParser
{
    /// <summary>A reader that reads again only what may have changed.</summary>
    public static DeclarationReader<SuiteModel?> Make() => new(Parse, _ => TestFramework.ClassNames);

    /// <summary>
    /// The suite, refused where nothing would run its tests; null where no other part of the class can be written.
    /// </summary>
    static SuiteModel? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        if (context.TargetSymbol is not INamedTypeSymbol type
            || KnownTypes.Of(context.SemanticModel.Compilation) is not { } known
            || SuiteDeclaration.Of(type, known) is not { } suite
            || suite.Faults.Any(fault => fault.Kind != FaultKind.SuiteOfNothing))
            return null;

        var (ensemble, frameworks) = (suite.Ensemble!, suite.Suites.Frameworks);
        var stated = new HashSet<string>(
            type.AttributesOf(suite.Suites.MayAddNothingAttribute).Select(NameIn).OfType<string>());
        var inherited = suite.Suites.Tests.SelfAndBases().SelectMany(@base => @base.MemberNames);
        var names = new NameScope(new HashSet<string>(inherited), [.. type.DeclaredNames(), type.Name]);
        var claims = new SuiteClaims(suite, names);
        var wholeMayAddNothing = stated.Contains(ensemble.Name);
        var whole = wholeMayAddNothing ? "Whole_is_no_weaker_than" : "Whole_beats";
        return new SuiteModel
        {
            IsRefused = suite.Faults.Any(),
            IsSealed = type.IsSealed,
            Place = PlaceParser.Parse(type),
            Type = type.DeclaredName(),
            Ensemble = ensemble.FullName(),
            AttackTest = names.Claim("Attack_passes_its_sanity_checks"),
            CleanTest = names.Claim("Clean_accuracy_reaches_its_floor"),
            WholeTest = names.Claim($"{whole}_its_best_member"),
            CategoryTest = HasSingleCategories(suite) ? names.Claim($"{whole}_its_members_of_one_category") : null,
            CopiesTest = Voters(suite).Count > 1 ? names.Claim($"{whole}_as_many_copies_of_one_member") : null,
            WholeMayAddNothing = wholeMayAddNothing,
            TestAttributes = new(frameworks.Select(framework => $"global::{framework.Test}")),
            ClassAttributes = new(frameworks
                .Select(framework => framework.Class)
                .OfType<string>()
                .Where(attribute => !Has(type, attribute))
                .Select(attribute => $"global::{attribute}")),
            Silenced = new(Markings.IdsOf(ensemble, known.Compilation.Assembly).Concat(claims.Silenced).Distinct()),
            Components = Components(suite, names, stated, claims),
        };
    }

    static EquatableArray<SuiteComponentModel> Components(
        SuiteDeclaration suite, NameScope names, HashSet<string> stated, SuiteClaims claims)
    {
        return new(suite.Components.Select(component =>
        {
            var (path, mayAddNothing) = (component.Path, stated.Contains(component.Path));
            var name = path.Replace('.', '_');
            return new SuiteComponentModel(
                path,
                RateTest: component.Mark == "Gate" ? names.Claim($"{name}_keeps_its_false_positive_rate") : null,
                AddsTest: component.CanBeLeftOut
                    ? names.Claim(mayAddNothing ? $"{name}_does_not_subtract" : $"{name}_adds")
                    : null,
                UndefendedTest: component.Mark == "Member"
                    ? names.Claim(mayAddNothing
                        ? $"{name}_is_no_worse_than_an_undefended_network"
                        : $"{name}_beats_an_undefended_network")
                    : null,
                mayAddNothing,
                claims.Of(component));
        }));
    }

    /// <summary>The members that vote by themselves, those of ensembles among the members in their place.</summary>
    static List<Defense> Voters(SuiteDeclaration suite) =>
    [
        .. suite.Components
            .Where(component => component.Mark == "Member" && component.Class is { } type
                && !DeclaredComponent.IsEnsemble(type, suite.Known))
            .Select(component => suite.Known.Defense(component.Class!)),
    ];

    /// <summary>Whether a category is that of several members, and these are not the whole.</summary>
    static bool HasSingleCategories(SuiteDeclaration suite)
    {
        var voters = Voters(suite);
        var hasGates = suite.Components.Any(component => component.Mark == "Gate");
        return voters
            .SelectMany(voter => (voter.Categories ?? []).Distinct())
            .Where(category => category != Category.Undefended)
            .GroupBy(category => category)
            .Any(among => among.Count() > 1 && (among.Count() < voters.Count || hasGates));
    }

    static bool Has(INamedTypeSymbol type, string attribute) =>
        type.GetAttributes().Any(data => data.AttributeClass?.ToDisplayString() == $"{attribute}Attribute");

    static string? NameIn(AttributeData mayAddNothing) =>
        mayAddNothing.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Primitive, Value: string name }
            ? name
            : null;
}
