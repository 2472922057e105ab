using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads ensembles, and reads a declaration again only if its meaning may have changed. After every edit anywhere in
/// the project the compiler asks for each declaration anew. A declaration that names only what referenced assemblies
/// declare keeps its meaning until some source declares one of those names. An ensemble whose defenses are in the same
/// project is read every time.
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
        if (context.TargetNode.Parent is not (BaseNamespaceDeclarationSyntax or CompilationUnitSyntax)
            || context.TargetSymbol.DeclaringSyntaxReferences.Length != 1)
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

    static DeclaredModel Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var compilation = context.SemanticModel.Compilation;
        if (context.TargetSymbol is not INamedTypeSymbol type
            || context.Attributes[0].AttributeClass?.ContainingAssembly is not { } library
            || KnownTypes.Of(compilation, library) is not { } known)
            return new(null, null);

        var ensemble = new EnsembleDeclaration(type, known, context.SemanticModel, cancellation);
        return ensemble.Faults.Any()
            ? new(null, RefusedParser.Parse(ensemble))
            : new(EnsembleParser.Parse(ensemble), null);
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
            // The name that its registration would have.
            if (node is BaseTypeDeclarationSyntax type)
                yield return $"{type.Identifier.ValueText}{RegistrationParser.ClassEnd}";
            var nodes = usings.Prepend(node).SelectMany(part => part.DescendantNodes());
            foreach (var name in nodes.OfType<SimpleNameSyntax>())
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
