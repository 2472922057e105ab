using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Reading;

/// <summary>
/// What a module is put together from, told from syntax: the expression that makes it, what is done to the locals in
/// it, and the members of the class that it calls.
/// </summary>
static class Assembly
{
    /// <summary>Code that is followed, so that no class takes long.</summary>
    const int MostParts = 100;

    /// <summary>The code that has a part in a value.</summary>
    /// <param name="value">What a field is set to.</param>
    /// <param name="owner">The class that sets it.</param>
    /// <param name="known">The types that rules ask about.</param>
    public static IReadOnlyList<SyntaxNode> Of(SyntaxNode value, INamedTypeSymbol owner, KnownTypes known)
    {
        var found = new List<SyntaxNode>();
        var waiting = new Queue<SyntaxNode>([value]);
        while (waiting.Count > 0 && found.Count < MostParts)
        {
            var part = waiting.Dequeue();
            if (found.Contains(part))
                continue;
            found.Add(part);
            foreach (var name in part.DescendantNodesAndSelf().OfType<SimpleNameSyntax>())
            {
                foreach (var more in Locals(name).Concat(Called(name, owner, known)))
                    waiting.Enqueue(more);
            }
        }

        return found;
    }

    /// <summary>The classes in source of which the code makes objects.</summary>
    public static IEnumerable<INamedTypeSymbol> ClassesIn(SyntaxNode code, INamedTypeSymbol owner, KnownTypes known) =>
        code.DescendantNodesAndSelf().OfType<ObjectCreationExpressionSyntax>()
            .Select(creation => ModuleSyntax.NameOf(creation.Type))
            .OfType<string>()
            .SelectMany(name => Types(name, owner, known));

    /// <summary>What a local of the same body is set to, and what is put into it.</summary>
    static IEnumerable<SyntaxNode> Locals(SimpleNameSyntax name)
    {
        if (name.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member || member is TypeDeclarationSyntax)
            return [];
        var local = name.Identifier.ValueText;
        return member.DescendantNodes().Select(node => node switch
        {
            VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax } variable
                when variable.Identifier.ValueText == local => variable.Initializer,
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
                when Begins(access.Expression, local) => call.ArgumentList,
            AssignmentExpressionSyntax assignment when Begins(assignment.Left, local) => assignment.Right,
            ForEachStatementSyntax loop when loop.Identifier.ValueText == local => loop.Expression,
            _ => (SyntaxNode?)null,
        }).OfType<SyntaxNode>();
    }

    static bool Begins(ExpressionSyntax expression, string local) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText == local,
        ElementAccessExpressionSyntax element => Begins(element.Expression, local),
        _ => false,
    };

    /// <summary>The methods, local functions and properties that a name may call.</summary>
    static IEnumerable<SyntaxNode> Called(SimpleNameSyntax name, INamedTypeSymbol owner, KnownTypes known)
    {
        var called = name.Identifier.ValueText;
        if (name.FirstAncestorOrSelf<MemberDeclarationSyntax>() is { } member and not TypeDeclarationSyntax)
        {
            foreach (var function in member.DescendantNodes().OfType<LocalFunctionStatementSyntax>())
            {
                if (function.Identifier.ValueText == called)
                    yield return function;
            }
        }

        IEnumerable<INamedTypeSymbol> types = name.Parent is MemberAccessExpressionSyntax access && access.Name == name
            ? access.Expression is ThisExpressionSyntax or BaseExpressionSyntax
                ? owner.SelfAndBases()
                : ModuleSyntax.NameOf(access.Expression) is { } of ? Types(of, owner, known) : []
            : owner.SelfAndBases().Concat(owner.Containers());
        foreach (var found in types.SelectMany(type => type.GetMembers(called)))
        {
            if (found is not (IMethodSymbol or IPropertySymbol))
                continue;
            foreach (var reference in found.DeclaringSyntaxReferences)
                yield return reference.GetSyntax();
        }
    }

    static IEnumerable<INamedTypeSymbol> Types(string name, INamedTypeSymbol owner, KnownTypes known) =>
        owner.SelfAndBases().Concat(owner.Containers()).SelectMany(type => type.GetTypeMembers(name))
            .Concat(known.Compilation.GetSymbolsWithName(name, SymbolFilter.Type).OfType<INamedTypeSymbol>())
            .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default);
}
