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
        get => values.TryGetValue(symbol, out var value) ? value : Value.Constant;
        set => values[symbol] = value;
    }

    public Bindings Fork() => new(new Dictionary<ISymbol, Value>(values, SymbolEqualityComparer.Default)) { Ended = Ended };

    /// <summary>What is known where two ways meet.</summary>
    public static Bindings Join(Bindings a, Bindings b)
    {
        if (a.Ended || b.Ended)
            return a.Ended ? b : a;

        // What only one way knows about belongs to it.
        var joined = a.Fork();
        foreach (var pair in b.values)
            joined.values[pair.Key] = a.values.TryGetValue(pair.Key, out var value) ? Value.Join(value, pair.Value) : pair.Value;
        return joined;
    }
}
