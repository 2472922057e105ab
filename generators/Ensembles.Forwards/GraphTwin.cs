using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Forwards;

/// <summary>
/// A module's <c>forward</c> once more, for terms of a graph in the place of tensors: the same statements, which run
/// when the graph is written down, with the module's fields as they are then. Loops over layers, conditions on fields
/// and numbers computed from sizes need nothing of their own.
/// </summary>
/// <param name="Forward">The name of the method that is <c>forward</c> for terms.</param>
/// <param name="Methods">The text of that method and of those that it calls, each to stand in the class.</param>
/// <param name="Usings">The namespaces of the extension methods that the text calls.</param>
sealed record GraphTwin(string Forward, IReadOnlyList<string> Methods, IReadOnlyList<string> Usings)
{
    /// <summary>The name of the interface that a module with a graph has.</summary>
    public const string Source = "Ensembles.Graphs.IGraphSource";

    /// <summary>The name of the attribute on networks.</summary>
    public const string Attribute = "Ensembles.CompiledAttribute";

    /// <summary>
    /// Reads the <c>forward</c> of a class; neither a twin nor an obstacle where it has none to be read, or has its
    /// graph already.
    /// </summary>
    /// <param name="type">The class.</param>
    /// <param name="known">The types of its compilation.</param>
    /// <param name="bodies">The code of its compilation.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static (GraphTwin? Twin, Obstacle? Obstacle) Of(
        INamedTypeSymbol type, KnownTypes known, Bodies bodies, CancellationToken cancellation)
    {
        if (type is not { TypeKind: TypeKind.Class, IsAbstract: false, IsStatic: false }
            || !known.HasModule
            || !type.DerivesFrom(known.Module)
            || GraphTypes.Of(known) is not { } graphs
            || type.IsOfOneFile())
            return (null, null);
        var forward = TorchSymbols.ForwardOf(type) ?? SplitForwardOf(type);
        if (forward is not { Parameters: [{ RefKind: RefKind.None, Type: var taken }] }
            || !TorchSymbols.IsTensor(taken)
            || !TorchSymbols.IsTensor(forward.ReturnType)
            || HasGraph(type, forward, graphs.Source))
            return (null, null);
        try
        {
            return (new Translation(type, known, graphs, bodies, cancellation).Of(forward), null);
        }
        catch (ObstacleException found)
        {
            return (null, found.Obstacle);
        }
    }

    /// <summary>
    /// The forward of a feature network, which is its head on its features, where these are in source.
    /// </summary>
    static IMethodSymbol? SplitForwardOf(INamedTypeSymbol type) => type.SelfAndBases()
        .FirstOrDefault(Translation.IsFeatureNetwork)?
        .GetMembers("forward")
        .OfType<IMethodSymbol>()
        .FirstOrDefault();

    /// <summary>Whether the class, or one from which it inherits its forward, says itself what its graph is.</summary>
    static bool HasGraph(INamedTypeSymbol type, IMethodSymbol forward, INamedTypeSymbol source)
    {
        foreach (var part in type.SelfAndBases())
        {
            if (part.Interfaces.Contains(source, SymbolEqualityComparer.Default))
                return true;
            if (SymbolEqualityComparer.Default.Equals(part, forward.ContainingType))
                return false;
        }

        return false;
    }
}

/// <summary>The types of graphs that a compilation knows.</summary>
/// <param name="Source">The interface of modules with a graph.</param>
/// <param name="Term">What stands for a tensor.</param>
/// <param name="Dimension">What stands for a size.</param>
sealed record GraphTypes(INamedTypeSymbol Source, INamedTypeSymbol Term, INamedTypeSymbol Dimension)
{
    /// <summary>The types; null in a project that does not reference Ensembles.Graphs.</summary>
    public static GraphTypes? Of(KnownTypes known) =>
        known.Compilation.GetTypeByMetadataName(GraphTwin.Source) is { ContainingAssembly: var library } source
        && library.GetTypeByMetadataName("Ensembles.Graphs.Term") is { } term
        && library.GetTypeByMetadataName("Ensembles.Graphs.Dimension") is { } dimension
            ? new(source, term, dimension)
            : null;
}
