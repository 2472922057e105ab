using System.Collections.Immutable;
using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A module field that TorchSharp will not register.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0105Unregistered : DiagnosticAnalyzer
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

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(rule);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownTypes.Of(start.Compilation) is { } known)
                start.RegisterSymbolAction(symbol => Analyze(symbol, known), SymbolKind.NamedType);
        });
    }

    static void Analyze(SymbolAnalysisContext context, KnownTypes known)
    {
        foreach (var field in Registration.Missing((INamedTypeSymbol)context.Symbol, known, context.CancellationToken))
            context.ReportDiagnostic(Diagnostic.Create(rule, field.Member.Place(), field.Member.Name, context.Symbol.Name, Reason(field.Cause)));
    }

    static string Reason(RegistrationGap cause) => cause switch
    {
        RegistrationGap.NeverCalled => "no constructor calls RegisterComponents()",
        RegistrationGap.CalledTooEarly => "it is assigned after RegisterComponents()",
        RegistrationGap.CalledByBase => "it is assigned after the base class has called RegisterComponents()",
        RegistrationGap.PrivateInBase => "RegisterComponents() does not see private fields of a base class",
        _ => "RegisterComponents() does not look into collections; use a ModuleList",
    };
}
