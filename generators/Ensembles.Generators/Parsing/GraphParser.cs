using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Forwards;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the <c>forward</c> of partial classes that have the attribute of networks or of defenses.</summary>
static class GraphParser
{
    static readonly ConditionalWeakTable<Compilation, Bodies> bodies = new();

    /// <summary>Whether a class asks for a graph: a defense does by being partial.</summary>
    public static bool MayAsk(SyntaxNode node, CancellationToken cancellation) =>
        node is ClassDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword);

    /// <summary>A network with the attribute; null where there is no graph of it.</summary>
    public static GraphModel? Network(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        Parse(context, cancellation);

    /// <summary>A defense; null where there is no graph of it, or where it is marked as a network, too.</summary>
    public static GraphModel? Defense(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        context.TargetSymbol.GetAttributes().Any(data => data.AttributeClass?.ToDisplayString() == GraphTwin.Attribute)
            ? null
            : Parse(context, cancellation);

    static GraphModel? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var compilation = context.SemanticModel.Compilation;
        // Where the attribute stands on two parts of a class, which is an error, the first one counts.
        var mark = context.Attributes[0].AttributeClass;
        var first = context.TargetSymbol.GetAttributes()
            .FirstOrDefault(data => SymbolEqualityComparer.Default.Equals(data.AttributeClass, mark));
        if (context.TargetSymbol is not INamedTypeSymbol type
            || first?.ApplicationSyntaxReference is not { } at
            || at.SyntaxTree != context.TargetNode.SyntaxTree
            || !context.TargetNode.Span.Contains(at.Span)
            || KnownTypes.Of(compilation) is not { } known
            || TypeFaults.OfNesting(type).Any())
            return null;
        return GraphTwin.Of(type, known, bodies.GetValue(compilation, one => new Bodies(one)), cancellation).Twin
            is { } twin
            ? new(
                PlaceParser.Parse(type), type.DeclaredName(), type.IsSealed, twin.Forward, new(twin.Methods),
                new(twin.Usings))
            : null;
    }
}
