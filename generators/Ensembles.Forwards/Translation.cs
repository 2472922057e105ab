using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>
/// Writes methods of a class again for terms of a graph. What does not depend on the input stays as it is written, with
/// full names; what does is written with the functions of the same names that terms have. Whatever else there is meets
/// an obstacle.
/// </summary>
sealed partial class Translation(
    INamedTypeSymbol self, KnownTypes known, GraphTypes graphs, Bodies bodies, CancellationToken cancellation)
{
    /// <summary>Methods that are written, so that no code takes long.</summary>
    const int MostMethods = 64;

    /// <summary>Expressions within expressions that the stack surely bears.</summary>
    const int MostNested = 150;

    const string Graphs = "global::Ensembles.Graphs";

    readonly Dictionary<IMethodSymbol, string> names = new(SymbolEqualityComparer.Default);
    readonly Queue<IMethodSymbol> waiting = new();
    readonly SortedSet<string> usings = new(StringComparer.Ordinal);

    /// <summary>What the graph is called in the method that is being written.</summary>
    string graph = "graph";

    /// <summary>The code of the method that is being written.</summary>
    SyntaxNode method = null!;

    int depth;

    /// <summary>The twin of a class with this forward.</summary>
    /// <exception cref="ObstacleException">There is none.</exception>
    public GraphTwin Of(IMethodSymbol forward)
    {
        var root = NameOf(forward, null);
        var methods = new List<string>();
        while (waiting.Count > 0)
            methods.Add(Method(waiting.Dequeue()));
        return new(root, methods, [.. usings]);
    }

    /// <summary>A feature network of the library: its forward is its head on its features.</summary>
    public static bool IsFeatureNetwork(INamedTypeSymbol type) => type is
    {
        Name: "FeatureNetwork",
        ContainingNamespace: { Name: "Ensembles", ContainingNamespace.IsGlobalNamespace: true },
    };

    SemanticModel Model(SyntaxNode node) =>
        bodies.ModelOf(node) ?? throw new ObstacleException(node, "its code is not in this project");

    /// <summary>The name of a method for terms, which is written in its turn.</summary>
    string NameOf(IMethodSymbol called, SyntaxNode? call)
    {
        if (names.TryGetValue(called, out var name))
            return name;
        if (names.Count == MostMethods)
            throw new ObstacleException(call!, "it leads through too many methods");
        name = $"{called.Name}InGraph";
        while (names.ContainsValue(name) || self.SelfAndBases().Any(type => type.GetMembers(name).Any()))
            name += "_";
        names.Add(called, name);
        waiting.Enqueue(called);
        return name;
    }

    string Method(IMethodSymbol written)
    {
        if (!TorchSymbols.InSource(written) && IsFeatureNetwork(written.ContainingType))
            return Split(written);
        var node = (written.PartialImplementationPart ?? written).DeclaringSyntaxReferences[0].GetSyntax(cancellation);
        if (node is not MethodDeclarationSyntax declaration
            || (declaration.Body is null && declaration.ExpressionBody is null))
            throw new ObstacleException(node, $"`{written.Name}` has no code that could be read");
        if (declaration.ContainsDirectives)
            throw new ObstacleException(node, $"`{written.Name}` is compiled in parts, by `#if` or the like");
        Begin(declaration);
        if (written.IsGenericMethod || written.IsAsync || written.RefKind != RefKind.None)
            throw new ObstacleException(node, $"`{written.Name}` is generic, asynchronous or returns a reference");
        var modifier = written.IsStatic ? "static " : "";
        var parameters = Parameters(declaration.ParameterList, written);
        var head = $"{modifier}{TypeText(written.ReturnType, node)} {names[written]}(\n"
            + $"    {Graphs}.GraphBuilder {graph}{string.Concat(parameters.Select(parameter => $", {parameter}"))})";
        return $"{head}\n{Body(declaration.Body, declaration.ExpressionBody, written.ReturnType)}";
    }

    void Begin(SyntaxNode code)
    {
        method = code;
        sizes.Clear();
        scopes.Clear();
        shared = null;
        var taken = new HashSet<string>(code.DescendantTokens()
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken))
            .Select(token => token.ValueText));
        graph = "graph";
        while (taken.Contains(graph))
            graph += "_";
    }

    string Split(IMethodSymbol forward)
    {
        IMethodSymbol Part(string name) => self.SelfAndBases().SelectMany(type => type.GetMembers(name))
            .OfType<IMethodSymbol>()
            .FirstOrDefault(part => part is { IsAbstract: false, Parameters.Length: 1 } && TorchSymbols.InSource(part))
            ?? throw new ObstacleException(
                self.DeclaringSyntaxReferences[0].GetSyntax(cancellation), $"its `{name}` is not in this project");
        var (features, head) = (NameOf(Part("features"), null), NameOf(Part("head"), null));
        return $"{Graphs}.Term {names[forward]}(\n"
            + $"    {Graphs}.GraphBuilder graph, {Graphs}.Term images) =>\n"
            + $"    {head}(graph, {features}(graph, images));";
    }

    IEnumerable<string> Parameters(ParameterListSyntax list, IMethodSymbol of)
    {
        foreach (var (parameter, syntax) in of.Parameters.Zip(list.Parameters, (symbol, syntax) => (symbol, syntax)))
        {
            if (parameter.RefKind != RefKind.None)
                throw new ObstacleException(syntax, $"`{parameter.Name}` is passed by reference");
            var otherwise = syntax.Default is { } given ? $" = {Expression(given.Value).Text}" : "";
            yield return $"{(parameter.IsParams ? "params " : "")}{TypeText(parameter.Type, syntax)} "
                + $"{Identifier(parameter.Name)}{otherwise}";
        }
    }

    /// <summary>A block, or the arrow and its expression.</summary>
    string Body(BlockSyntax? block, ArrowExpressionClauseSyntax? arrow, ITypeSymbol result) => block is not null
        ? Block(block.Statements)
        : arrow is not { Expression: var expression } || expression is ThrowExpressionSyntax
            ? throw new ObstacleException((SyntaxNode?)arrow ?? method, "it has no code")
            : result.SpecialType == SpecialType.System_Void
                ? $"{{\n{Indented(Effect(expression) ?? "")}\n}}"
                : $"{{\n    return {As(expression, result)};\n}}";

    static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : $"@{name}";

    static string Indented(string lines) => $"    {lines.Replace("\n", "\n    ")}";

    /// <summary>How code is quoted in a message: its first line, and not too much of it.</summary>
    public static string Quoted(SyntaxNode node)
    {
        char[] blanks = ['\n', '\r', ' ', '\t'];
        var text = string.Join(" ", node.ToString().Split(blanks, StringSplitOptions.RemoveEmptyEntries));
        return $"`{(text.Length > 60 ? text.Substring(0, 57) + "..." : text)}`";
    }
}
