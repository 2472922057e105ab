using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Forwards;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// What breaks the gradients of the modules of a compilation. All rules share one instance, and so each module is read
/// once.
/// </summary>
sealed class GradientBreaks
{
    static readonly ConditionalWeakTable<KnownTypes, GradientBreaks> instances = new();

    readonly ConcurrentDictionary<INamedTypeSymbol, IReadOnlyList<Break>> found = new(SymbolEqualityComparer.Default);
    readonly KnownTypes known;
    readonly Bodies bodies;
    Suspects? suspects;

    GradientBreaks(KnownTypes known) => (this.known, bodies) = (known, new Bodies(known.Compilation));

    /// <summary>The breaks in the compilation that the types are of.</summary>
    public static GradientBreaks Of(KnownTypes known) => instances.GetValue(known, k => new GradientBreaks(k));

    /// <summary>
    /// The breaks that reach what a module's <c>forward</c> returns, in it and in what it calls, and that no
    /// declaration answers: a surrogate answers lost and vanishing gradients, and EOT samples answer random numbers.
    /// </summary>
    public IReadOnlyList<Break> In(INamedTypeSymbol module, CancellationToken cancellation)
    {
        if (found.TryGetValue(module, out var breaks))
            return breaks;
        breaks = SuspectsIn(cancellation).Contain(module) ? Read(module, cancellation) : [];
        found.TryAdd(module, breaks);
        return breaks;
    }

    /// <summary>The same, whether or not the module is suspect.</summary>
    public IReadOnlyList<Break> Read(INamedTypeSymbol module, CancellationToken cancellation) =>
        Interpreter.Forward(module, known, bodies, cancellation) is { } value ? [.. Unanswered(module, value)] : [];

    Suspects SuspectsIn(CancellationToken cancellation)
    {
        lock (found)
            return suspects ??= Suspects.In(known.Compilation, cancellation);
    }

    IEnumerable<Break> Unanswered(INamedTypeSymbol module, Value value)
    {
        if (!Interpreter.DeclaresRandomness(module))
        {
            foreach (var draw in value.Draws)
                yield return draw;
        }

        if (Interpreter.DeclaresSurrogate(module))
            yield break;
        foreach (var cut in value.Cuts)
            yield return cut;

        // What a classifier returns meets a softmax in the loss.
        if (!module.DerivesFrom(known.Classifier))
            yield break;
        if (value.Probabilities is { } probabilities)
            yield return probabilities;
        if (value is { MayBeLive: true, Gain: >= Interpreter.SaturatingGain, GainPlace: { } place })
            yield return new Break(
                BreakKind.Saturation, place,
                $"logits multiplied by {Interpreter.Rounded(value.Gain)} make the softmax behind them flat for all "
                + $"but the smallest differences",
                module);
    }
}
