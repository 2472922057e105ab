using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A detector as member, a classifier as gate, or something that is neither.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0009MemberOrGate() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0009";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A detector as member, or a classifier as gate",
        messageFormat: "`{0}` is marked {1}, but {2}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        foreach (var component in ensemble.Components)
        {
            if (component.IsMember && component.IsGate)
                report(component.GateAttributes[0].Place(), component.Name, "[Member] and [Gate]", "a component either votes or rejects");
            else if (Objection(component, ensemble.Known) is { } objection)
                report(component.Attribute.Place(), component.Name, component.IsMember ? "[Member]" : "[Gate]", $"{Wording.Code(component.Type!)} is {objection}");
        }
    }

    static string? Objection(Component component, KnownTypes known) => component switch
    {
        _ when component.HasRole(known) => null,
        _ when component.ShouldSwap(known) => component.IsMember ? "a detector, which cannot vote" : "a classifier, which cannot reject",
        // What is no defense at all has a rule of its own, ENS0008.
        { Defense: null } => null,
        { IsMember: true } => "not a classifier",
        _ => "not a detector",
    };
}
