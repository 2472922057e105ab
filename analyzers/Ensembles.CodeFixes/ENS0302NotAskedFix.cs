using System.Composition;
using Ensembles.Analyzers.Compiling;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>Makes a network partial, and the types around it, and marks it with <c>[Compiled]</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0302NotAskedFix() : RuleFix(ENS0302NotAsked.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not { } type)
            return [];
        var isMarked = ForwardGraphs.IsMarked(type);
        var parts = type.Containers()
            .Prepend(type)
            .SelectMany(one => finding.Solution.DeclarationsOf(one, cancellation))
            .ToList();
        return
        [
            new(
                isMarked ? $"Make {type.Name} partial" : $"Compile {type.Name} from its source",
                nameof(ENS0302NotAskedFix),
                async (editor, token) =>
                {
                    foreach (var (document, part) in parts)
                    {
                        var marks = !isMarked && part == declaration;
                        await Finding.Edit(document, part, one => Asking(one, marks))(editor, token)
                            .ConfigureAwait(false);
                    }
                }),
        ];
    }

    static TypeDeclarationSyntax Asking(TypeDeclarationSyntax declaration, bool marks)
    {
        var partial = declaration.WithPartial();
        return marks
            ? partial.WithAttribute(SyntaxFactory.Attribute(Declarations.LibraryName("Compiled")))
            : partial;
    }
}
