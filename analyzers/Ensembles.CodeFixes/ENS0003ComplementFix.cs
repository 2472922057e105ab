using System.Composition;
using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace Ensembles.CodeFixes;

/// <summary>Adds a member of the missing category behind the others, one of those that the rule names.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0003ComplementFix() : RuleFix(ENS0003Complement.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not INamedTypeSymbol type
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || EnsembleDeclaration.Of(type, known) is not { IsComplete: true, Members.Count: > 0 } ensemble
            // A rule that says how many members there are takes no more.
            || ensemble.Parts is not null
            || ensemble.Members[ensemble.Members.Count - 1].Syntax is not PropertyDeclarationSyntax last
            || last.Parent is not TypeDeclarationSyntax part
            || finding.Solution.GetDocument(last.SyntaxTree) is not { } document)
            return [];

        // What another part of the class sees is asked in its own file.
        var model = finding.Model.Compilation.GetSemanticModel(last.SyntaxTree);
        return
        [
            .. ENS0003Complement.Missing(ensemble)
                .Where(missing => finding.Says.Contains(missing.Does()))
                .SelectMany(missing => ENS0003Complement.InReach(missing, known))
                .Where(defense => !defense.IsGenericType)
                .Take(ENS0003Complement.MostNames)
                .Select(defense => new Fix(
                    $"Add a member {defense.Name}", defense.Name,
                    async (editor, stop) =>
                    {
                        await Finding.Edit(
                            document, part,
                            current => WithMember(current, last.Identifier.ValueText, defense, NameIn(type, defense)))
                            (editor, stop).ConfigureAwait(false);
                        var root = await document.GetSyntaxRootAsync(stop).ConfigureAwait(false);
                        if (root is CompilationUnitSyntax file && IsUnknown(defense, model, last.SpanStart))
                            await Finding.Edit(
                                document, file, current => WithUsing(current, defense.ContainingNamespace))
                                (editor, stop).ConfigureAwait(false);
                    })
                {
                    IsDecision = true,
                }),
        ];
    }

    static TypeDeclarationSyntax WithMember(
        TypeDeclarationSyntax current, string after, INamedTypeSymbol defense, string name)
    {
        var place = current.Members.IndexOf(member =>
            member is PropertyDeclarationSyntax property && property.Identifier.ValueText == after);
        if (place < 0)
            return current;
        var last = (PropertyDeclarationSyntax)current.Members[place];
        var modifiers = IsPublic(defense) ? last.Modifiers.ToString() : "internal partial";
        var full = defense.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        var indentation = last.GetLeadingTrivia().Reverse()
            .TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia));
        var member = SyntaxFactory
            .ParseMemberDeclaration($"[global::Ensembles.Member] {modifiers} {full} {name} {{ get; }}")!
            .WithLeadingTrivia(indentation)
            .WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)
            .WithAdditionalAnnotations(Simplifier.Annotation);
        return current.WithMembers(current.Members.Insert(place + 1, member.ReplaceNodes(
            member.DescendantNodes().OfType<NameSyntax>().Where(node => node.Parent is not NameSyntax),
            (_, node) => node.WithAdditionalAnnotations(Simplifier.Annotation))));
    }

    static bool IsPublic(INamedTypeSymbol type) =>
        type.Containers().Prepend(type).All(part => part.DeclaredAccessibility == Accessibility.Public);

    /// <summary>"CenterLoss" for "CenterLossClassifier", or with a number behind it.</summary>
    static string NameIn(INamedTypeSymbol ensemble, INamedTypeSymbol defense)
    {
        const string end = "Classifier";
        var name = defense.Name.EndsWith(end, StringComparison.Ordinal) && defense.Name.Length > end.Length
            ? defense.Name.Substring(0, defense.Name.Length - end.Length)
            : defense.Name;
        var taken = new HashSet<string>(
            ensemble.SelfAndBases().SelectMany(type => type.DeclaredNames()).Append(ensemble.Name));
        var free = name;
        for (var number = 2; taken.Contains(free); number++)
            free = $"{name}{number}";
        return free;
    }

    /// <summary>
    /// Whether the name of a type means nothing at a place, so that its namespace has to be imported; where it means
    /// another type, the full name stays.
    /// </summary>
    static bool IsUnknown(INamedTypeSymbol type, SemanticModel model, int place)
    {
        var outermost = type.Containers().LastOrDefault() ?? type;
        return !outermost.ContainingNamespace.IsGlobalNamespace
            && model.LookupNamespacesAndTypes(place, name: outermost.Name).IsEmpty;
    }

    static CompilationUnitSyntax WithUsing(CompilationUnitSyntax file, INamespaceSymbol @namespace)
    {
        var name = @namespace.ToDisplayString();
        if (file.Usings.Any(other => other.Alias is null && other.Name?.ToString() == name))
            return file;
        var added = SyntaxFactory.UsingDirective(SyntaxFactory.ParseName($" {name}"))
            .WithTrailingTrivia(SyntaxFactory.ElasticLineFeed);
        // Behind those that stand before it in the alphabet.
        var place = file.Usings.TakeWhile(other =>
            other.GlobalKeyword.RawKind != 0
            || (other is { Alias: null, StaticKeyword.RawKind: 0 }
                && string.CompareOrdinal(other.Name?.ToString(), name) < 0)).Count();
        return place == 0 && file.Usings.Count > 0
            ? file.WithUsings(file.Usings
                .Replace(file.Usings[0], file.Usings[0].WithLeadingTrivia())
                .Insert(0, added.WithLeadingTrivia(file.Usings[0].GetLeadingTrivia())))
            : file.WithUsings(file.Usings.Insert(place, added));
    }
}
