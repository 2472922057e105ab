using System.Composition;
using Ensembles.Analyzers.Gradients;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>Declares the number of draws that attacks average over.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0202UndeclaredDrawsFix() : RuleFix(ENS0202UndeclaredDraws.Id)
{
    /// <summary>The literature uses 10 to 30.</summary>
    const int Samples = 20;

    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { BaseList: not null } declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not { } type
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || !type.DerivesFrom(known.Module)
            || type.AllInterfaces.Any(i => i.Name == "IRandomized")
            || type.GetMembers("EotSamples").Any()
            || !declaration.Members.OfType<MethodDeclarationSyntax>().Any())
            return [];

        return [
            new(
                $"Declare {Samples} EOT samples for {type.Name}", nameof(ENS0202UndeclaredDrawsFix),
                finding.Edit(declaration, Declare))];
    }

    static ClassDeclarationSyntax Declare(ClassDeclarationSyntax declaration) => declaration.Names("IRandomized")
        ? declaration
        : declaration
            .WithMemberBefore(
                declaration.Members.First(member => member is MethodDeclarationSyntax),
                SyntaxFactory.ParseMemberDeclaration($"public int EotSamples => {Samples};")!)
            .WithInterface("IRandomized");
}
