using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>What locals, parameters and fields hold at one point of the code.</summary>
sealed class Bindings
{
    readonly Dictionary<ISymbol, Value> values;

    public Bindings() : this(new(SymbolEqualityComparer.Default))
    {
    }

    Bindings(Dictionary<ISymbol, Value> values) => this.values = values;

    /// <summary>Whether the code behind this point is not reached.</summary>
    public bool Ended { get; set; }

    public Value this[ISymbol symbol]
    {
        get => values.TryGetValue(symbol.OriginalDefinition, out var value) ? value : Value.Constant;
        set => values[symbol.OriginalDefinition] = value;
    }

    /// <summary>The members and parameters that hold functions or objects.</summary>
    public IEnumerable<(ISymbol Symbol, IReadOnlyList<Callable> Callables)> Holders =>
        values.Where(pair => pair.Key is not ILocalSymbol && pair.Value.Callables.Count > 0)
            .Select(pair => (pair.Key, pair.Value.Callables));

    /// <summary>The symbols that hold another value than they did, or did not hold one.</summary>
    public IEnumerable<ISymbol> ChangedSince(Bindings before) => values
        .Where(pair => !before.values.TryGetValue(pair.Key, out var old) || !ReferenceEquals(old, pair.Value))
        .Select(pair => pair.Key);

    public bool Knows(ISymbol symbol) => values.ContainsKey(symbol.OriginalDefinition);

    public Bindings Fork() =>
        new(new Dictionary<ISymbol, Value>(values, SymbolEqualityComparer.Default)) { Ended = Ended };

    /// <summary>What is known where two ways meet.</summary>
    public static Bindings Join(Bindings a, Bindings b)
    {
        if (a.Ended || b.Ended)
            return a.Ended ? b : a;

        // What only one way knows about belongs to it.
        var joined = a.Fork();
        foreach (var pair in b.values)
            joined.values[pair.Key] = a.values.TryGetValue(pair.Key, out var value)
                ? Value.Join(value, pair.Value)
                : pair.Value;
        return joined;
    }
}
