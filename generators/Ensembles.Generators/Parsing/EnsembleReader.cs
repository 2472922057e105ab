using System.Runtime.CompilerServices;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads ensembles, and the same declaration again only where it can mean something else. The compiler asks for every declaration anew after each edit
/// anywhere in the project; one that names nothing but what referenced assemblies declare means what it did, as long as no source begins to declare one of
/// these names. An ensemble of defenses from the same project is read each time.
/// </summary>
sealed class EnsembleReader
{
    readonly ConditionalWeakTable<SyntaxNode, Declaration> declarations = new();
    readonly ConditionalWeakTable<SyntaxTree, string> globalUsings = new();
    Surroundings? latest;

    /// <summary>The ensemble, or what is refused.</summary>
    public DeclaredModel Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        // Of a class in several parts, or inside another, the other parts count too.
        if (context.TargetNode.Parent is not (BaseNamespaceDeclarationSyntax or CompilationUnitSyntax) || context.TargetSymbol.DeclaringSyntaxReferences.Length != 1)
            return Parse(context, cancellation);

        var surroundings = Around(context.SemanticModel.Compilation);
        var declaration = declarations.GetValue(context.TargetNode, node => new Declaration(node));
        var namesOnlyReferences = !declaration.Names.Any(surroundings.Declares);
        if (namesOnlyReferences && declaration.Read is { } before && before.In == surroundings.References)
            return before.Model;

        var model = Parse(context, cancellation);
        declaration.Read = namesOnlyReferences ? new(model, surroundings.References) : null;
        return model;
    }

    static DeclaredModel Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        EnsembleParser.Parse(context, cancellation) is { } ensemble ? new(ensemble, null) : new(null, RefusedParser.Parse(context, cancellation));

    Surroundings Around(Compilation compilation)
    {
        var surroundings = latest;
        if (surroundings is null || !surroundings.AreOf(compilation))
            latest = surroundings = new Surroundings(compilation, string.Concat(compilation.SyntaxTrees.Select(tree => globalUsings.GetValue(tree, GlobalUsings))), surroundings?.References);
        return surroundings;
    }

    static string GlobalUsings(SyntaxTree tree) => tree.GetRoot() is CompilationUnitSyntax { Usings: { Count: > 0 } usings }
        ? string.Concat(usings.Where(directive => directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword)))
        : "";

    /// <summary>A declaration that was read.</summary>
    sealed class Declaration(SyntaxNode node)
    {
        /// <summary>The names in it and in the usings around it.</summary>
        public IReadOnlyList<string> Names { get; } = [.. WrittenNames(node).Distinct()];

        /// <summary>What it meant, where it named nothing but what references declare.</summary>
        public Meaning? Read { get; set; }

        static IEnumerable<string> WrittenNames(SyntaxNode node)
        {
            var usings = node.Ancestors().SelectMany(around => around switch
            {
                CompilationUnitSyntax file => file.Usings,
                BaseNamespaceDeclarationSyntax @namespace => @namespace.Usings,
                _ => default,
            });
            foreach (var name in usings.Prepend(node).SelectMany(part => part.DescendantNodes()).OfType<SimpleNameSyntax>())
            {
                yield return name.Identifier.ValueText;
                // An attribute may leave out the end of its class's name.
                if (name.FirstAncestorOrSelf<AttributeSyntax>() is not null)
                    yield return $"{name.Identifier.ValueText}Attribute";
            }
        }
    }

    sealed record Meaning(DeclaredModel Model, References In);
}
