using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A defense that has no role.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0101NoRole() : DefenseAnalyzer(rule)
{
    public const string Id = "ENS0101";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A defense that has no role",
        messageFormat: "`{0}` is marked [Defense], but it is neither a Classifier nor a Detector nor an InputTransform",
        RuleGroup.Defense,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(Defense defense, KnownTypes known, Report report)
    {
        // A base class that does not exist is the compiler's to report; it may have been meant as a role.
        if (!defense.HasRole && defense.Type.SelfAndBases().All(type => type.TypeKind != TypeKind.Error))
            report(defense.Type.Place(), defense.Type.Name);
    }
}
