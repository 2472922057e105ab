using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Reading;

/// <summary>
/// Finds batch normalisation on the way from the image to the features: in the fields that <c>features</c> uses, or
/// <c>forward</c> where there is no <c>features</c>, and in the modules of this compilation among them. By names, since
/// a rule cannot ask for the meaning of code in other files; names like BatchNorm2d have one meaning in TorchSharp.
/// </summary>
static class BatchNormalization
{
    static readonly string[] modules = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"];

    /// <summary>
    /// Places in the class where normalisation enters, and the member through which it does; a place elsewhere is null.
    /// </summary>
    public static IEnumerable<(Location? Place, string Name)> BeforeFeatures(INamedTypeSymbol type, KnownTypes known)
    {
        foreach (var field in Used(type))
        {
            if (Normalizes(field, type, known, new(SymbolEqualityComparer.Default) { type }))
                yield return (
                    field.AssociatedSymbol?.Place() ?? field.Place(), field.AssociatedSymbol?.Name ?? field.Name);
        }
    }

    static bool Normalizes(IFieldSymbol field, INamedTypeSymbol owner, KnownTypes known, HashSet<INamedTypeSymbol> seen)
    {
        var made = ValuesOf(field, owner).SelectMany(value => Assembly.Of(value, owner, known)).ToList();
        if (modules.Contains(field.Type.Name) || made.Any(CreatesNormalization))
            return true;
        if (made.SelectMany(node => Assembly.ClassesIn(node, owner, known)).Any(block => Contains(block, known, seen)))
            return true;
        return field.Type is INamedTypeSymbol module && Contains(module, known, seen);
    }

    static bool Contains(INamedTypeSymbol module, KnownTypes known, HashSet<INamedTypeSymbol> seen) =>
        module.DerivesFrom(known.Module)
        && seen.Add(module)
        && Used(module).Any(inner => Normalizes(inner, module, known, seen));

    /// <summary>The fields that the class computes its features with.</summary>
    static IEnumerable<IFieldSymbol> Used(INamedTypeSymbol type)
    {
        var entry =
            type.GetMembers("features").Concat(type.GetMembers("forward")).OfType<IMethodSymbol>().FirstOrDefault();
        var names = new HashSet<string>(
            entry is null ? [] : Reached(entry, type).SelectMany(method => method.DescendantTokens())
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText));
        return type.GetMembers()
            .OfType<IFieldSymbol>()
            .Where(field => names.Contains(field.AssociatedSymbol?.Name ?? field.Name));
    }

    /// <summary>A method and those of the class that it mentions.</summary>
    static IEnumerable<SyntaxNode> Reached(IMethodSymbol entry, INamedTypeSymbol type)
    {
        var (reached, waiting) = (new HashSet<string> { entry.Name }, new Queue<string>([entry.Name]));
        while (waiting.Count > 0)
        {
            foreach (var method in type.GetMembers(waiting.Dequeue()).OfType<IMethodSymbol>().SelectMany(Syntax))
            {
                yield return method;
                var mentioned = method.DescendantNodes().OfType<IdentifierNameSyntax>();
                foreach (var name in mentioned.Select(identifier => identifier.Identifier.ValueText))
                {
                    // The head comes behind the features.
                    if (name != "head" && type.GetMembers(name).OfType<IMethodSymbol>().Any() && reached.Add(name))
                        waiting.Enqueue(name);
                }
            }
        }
    }

    /// <summary>What the field is set to, where it is declared and in constructors.</summary>
    static IEnumerable<SyntaxNode> ValuesOf(IFieldSymbol field, INamedTypeSymbol owner)
    {
        foreach (var declaration in Syntax((ISymbol?)field.AssociatedSymbol ?? field))
            yield return declaration;

        var name = field.AssociatedSymbol?.Name ?? field.Name;
        var nodes = owner.InstanceConstructors.SelectMany(Syntax).SelectMany(body => body.DescendantNodes());
        foreach (var assignment in nodes.OfType<AssignmentExpressionSyntax>())
        {
            var targets = assignment.Left.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>();
            if (targets.Any(target => target.Identifier.ValueText == name))
                yield return assignment.Right;
        }
    }

    static bool CreatesNormalization(SyntaxNode value) => value.DescendantNodesAndSelf().Any(node => node switch
    {
        InvocationExpressionSyntax { Expression: IdentifierNameSyntax name } =>
            modules.Contains(name.Identifier.ValueText),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } =>
            modules.Contains(access.Name.Identifier.ValueText),
        _ => false,
    });

    static IEnumerable<SyntaxNode> Syntax(ISymbol symbol) =>
        symbol.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax());
}
