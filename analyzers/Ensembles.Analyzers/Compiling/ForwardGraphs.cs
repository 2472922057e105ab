using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Forwards;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Compiling;

/// <summary>
/// Which modules of a compilation have a forward that becomes a graph, by the generator's own reading. The rules share
/// one instance, and so each module is read once.
/// </summary>
sealed class ForwardGraphs
{
    static readonly ConditionalWeakTable<KnownTypes, ForwardGraphs> instances = new();

    readonly ConcurrentDictionary<INamedTypeSymbol, (GraphTwin? Twin, Obstacle? Obstacle)> found =
        new(SymbolEqualityComparer.Default);

    readonly KnownTypes known;
    readonly Bodies bodies;

    ForwardGraphs(KnownTypes known) => (this.known, bodies) = (known, new Bodies(known.Compilation));

    /// <summary>What is found in the compilation that the types are of.</summary>
    public static ForwardGraphs Of(KnownTypes known) => instances.GetValue(known, k => new ForwardGraphs(k));

    /// <summary>
    /// The forward of a class for a graph, or what keeps it from being one; neither where it has none.
    /// </summary>
    public (GraphTwin? Twin, Obstacle? Obstacle) In(INamedTypeSymbol type, CancellationToken cancellation)
    {
        if (found.TryGetValue(type, out var read))
            return read;
        read = GraphTwin.Of(type, known, bodies, cancellation);
        found.TryAdd(type, read);
        return read;
    }

    /// <summary>Whether a class asks for a graph, but for being partial: as a network or as a defense.</summary>
    public static bool IsMarked(INamedTypeSymbol type) => type.GetAttributes().Any(data =>
        data.AttributeClass?.ToDisplayString() is GraphTwin.Attribute or MetadataNames.DefenseAttribute);
}
