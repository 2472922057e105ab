using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads declarations, and reads one again only if its meaning may have changed. After every edit anywhere in the
/// project the compiler asks for each declaration anew. A declaration that names only what referenced assemblies
/// declare keeps its meaning until some source declares one of those names. One that names a type of the same project
/// is read every time.
/// </summary>
/// <param name="parse">Reads one.</param>
/// <param name="unwritten">Names that its meaning depends on beside those that are written in it.</param>
sealed class DeclarationReader<T>(
    Func<GeneratorAttributeSyntaxContext, CancellationToken, T> parse,
    Func<BaseTypeDeclarationSyntax, IEnumerable<string>> unwritten)
    where T : class?
{
    readonly ConditionalWeakTable<SyntaxNode, Declaration> declarations = new();
    readonly ConditionalWeakTable<SyntaxTree, string> globalUsings = new();
    Surroundings? latest;

    /// <summary>What is declared.</summary>
    public T Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        // Of a class in several parts, or inside another, the other parts count too.
        if (context.TargetNode.Parent is not (BaseNamespaceDeclarationSyntax or CompilationUnitSyntax)
            || context.TargetSymbol.DeclaringSyntaxReferences.Length != 1)
            return parse(context, cancellation);

        var surroundings = Around(context.SemanticModel.Compilation);
        var declaration = declarations.GetValue(
            context.TargetNode, node => new Declaration([.. WrittenNames(node).Distinct()]));
        var namesOnlyReferences = !declaration.Names.Any(surroundings.Declares);
        if (namesOnlyReferences && declaration.Read is { } before && before.In == surroundings.References)
            return before.Model;

        var model = parse(context, cancellation);
        declaration.Read = namesOnlyReferences ? new(model, surroundings.References) : null;
        return model;
    }

    Surroundings Around(Compilation compilation)
    {
        var surroundings = latest;
        if (surroundings is null || !surroundings.AreOf(compilation))
            latest = surroundings = new Surroundings(
                compilation,
                string.Concat(compilation.SyntaxTrees.Select(tree => globalUsings.GetValue(tree, GlobalUsings))),
                surroundings?.References);
        return surroundings;
    }

    static string GlobalUsings(SyntaxTree tree) =>
        tree.GetRoot() is CompilationUnitSyntax { Usings: { Count: > 0 } usings }
        ? string.Concat(usings.Where(directive => directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword)))
        : "";

    IEnumerable<string> WrittenNames(SyntaxNode node)
    {
        var usings = node.Ancestors().SelectMany(around => around switch
        {
            CompilationUnitSyntax file => file.Usings,
            BaseNamespaceDeclarationSyntax @namespace => @namespace.Usings,
            _ => default,
        });
        if (node is BaseTypeDeclarationSyntax type)
        {
            foreach (var name in unwritten(type))
                yield return name;
        }

        var nodes = usings.Prepend(node).SelectMany(part => part.DescendantNodes());
        foreach (var name in nodes.OfType<SimpleNameSyntax>())
        {
            yield return name.Identifier.ValueText;
            // An attribute may leave out the end of its class's name.
            if (name.FirstAncestorOrSelf<AttributeSyntax>() is not null)
                yield return $"{name.Identifier.ValueText}Attribute";
        }
    }

    /// <summary>A declaration that was read.</summary>
    /// <param name="names">The names that its meaning depends on.</param>
    sealed class Declaration(IReadOnlyList<string> names)
    {
        public IReadOnlyList<string> Names { get; } = names;

        /// <summary>What it meant, where it named nothing but what references declare.</summary>
        public Meaning? Read { get; set; }
    }

    sealed record Meaning(T Model, References In);
}
