using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A module field that TorchSharp will not register.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0105Unregistered() : TypeAnalyzer(rule)
{
    public const string Id = "ENS0105";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A module field that TorchSharp will not register",
        messageFormat: "`{0}` of `{1}` is not registered: {2}",
        RuleGroup.Defense,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        foreach (var field in Registration.Missing(type, known, cancellation))
            report(field.Member.Place(), field.Member.Name, type.Name, Reason(field.Cause));
    }

    static string Reason(RegistrationGap cause) => cause switch
    {
        RegistrationGap.NeverCalled => "no constructor calls RegisterComponents()",
        RegistrationGap.CalledTooEarly => "it is assigned after RegisterComponents()",
        RegistrationGap.CalledByBase => "it is assigned after the base class has called RegisterComponents()",
        RegistrationGap.AssignedLater => "it is made after RegisterComponents() has run",
        RegistrationGap.PrivateInBase => "RegisterComponents() does not see private fields of a base class",
        _ => "RegisterComponents() does not look into collections; use a ModuleList",
    };
}
