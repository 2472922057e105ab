using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// How a value depends on the input of a module, over all ways it may be computed: not at all; with a gradient; or without one,
/// because every way from the input to it leads through a break. Of two operands the one with a gradient wins, since it carries the
/// gradient past the other: <c>x * (x &gt; t)</c> has one, and so has <c>x + (x.round() - x).detach()</c>.
/// </summary>
public sealed record Value
{
    /// <summary>A value that does not depend on the input.</summary>
    public static readonly Value Constant = new() { MayBeConstant = true };

    /// <summary>A value that has a gradient to the input.</summary>
    public static readonly Value Live = new() { MayBeLive = true };

    public bool MayBeConstant { get; init; }

    public bool MayBeLive { get; init; }

    /// <summary>The breaks behind which the value may have no gradient; empty where it cannot be without.</summary>
    public IReadOnlyList<Break> Cuts { get; init; } = [];

    /// <summary>The random numbers in it.</summary>
    public IReadOnlyList<Break> Draws { get; init; } = [];

    /// <summary>The elements of a tuple; empty for anything else.</summary>
    public IReadOnlyList<Value> Elements { get; init; } = [];

    /// <summary>A lambda or a method reference; null for anything else.</summary>
    public IOperation? Function { get; init; }

    /// <summary>A source of random numbers that starts at the same seed each time.</summary>
    public bool IsSeeded { get; init; }

    /// <summary>The product of the constant factors since the last operation of another kind.</summary>
    public double Gain { get; init; } = 1;

    /// <summary>Where the gain's last factor stands.</summary>
    public Location? GainPlace { get; init; }

    /// <summary>Where it became probabilities; null where it is none.</summary>
    public Break? Probabilities { get; init; }

    bool MayBeCut => Cuts.Count > 0;

    /// <summary>What an operation makes of its operands.</summary>
    public static Value Combine(params Value[] operands) => operands.Length == 0 ? Constant : operands.Select(operand => operand.Plain()).Aggregate(Combine);

    /// <summary>What is known where two ways of computing a value meet.</summary>
    public static Value Join(Value a, Value b) => ReferenceEquals(a, b) ? a : new()
    {
        MayBeConstant = a.MayBeConstant || b.MayBeConstant,
        MayBeLive = a.MayBeLive || b.MayBeLive,
        Cuts = Union(a.Cuts, b.Cuts),
        Draws = Union(a.Draws, b.Draws),
        Elements = a.Elements.Count == b.Elements.Count ? [.. a.Elements.Zip(b.Elements, Join)] : [],
        Function = a.Function ?? b.Function,
        IsSeeded = a.IsSeeded && b.IsSeeded,
        Gain = Math.Max(a.Gain, b.Gain),
        GainPlace = a.Gain >= b.Gain ? a.GainPlace : b.GainPlace,
        Probabilities = a.Probabilities ?? b.Probabilities,
    };

    /// <summary>A tuple.</summary>
    public static Value Tuple(IEnumerable<Value> elements)
    {
        var all = elements.ToList();
        return Combine([.. all]) with { Elements = all };
    }

    /// <summary>The value behind an operation that passes no gradient on.</summary>
    public Value CutAt(Break place) => MayBeLive ? Plain() with { MayBeLive = false, Cuts = Union(Cuts, [place]) } : Plain();

    /// <summary>The value where it is read as something that carries no gradient and is not made from the numbers, such as a shape.</summary>
    public Value WithoutGradient() => MayBeLive ? Plain() with { MayBeLive = false, MayBeConstant = MayBeConstant || !MayBeCut } : this;

    public Value WithDraw(Break draw) => Plain() with { Draws = Union(Draws, [draw]) };

    /// <summary>The value multiplied by a constant.</summary>
    public Value Times(double factor, SyntaxNode place) => this with { Gain = Gain * Math.Abs(factor), GainPlace = place.GetLocation(), Probabilities = null };

    /// <summary>The value with another's gain and probabilities: what a change of shape keeps.</summary>
    public Value LooksLike(Value other) => this with { Gain = other.Gain, GainPlace = other.GainPlace, Probabilities = other.Probabilities };

    Value Plain() => Elements.Count == 0 && Function is null && !IsSeeded && Gain == 1 && Probabilities is null
        ? this
        : new() { MayBeConstant = MayBeConstant, MayBeLive = MayBeLive, Cuts = Cuts, Draws = Draws };

    static Value Combine(Value a, Value b) => new()
    {
        MayBeConstant = a.MayBeConstant && b.MayBeConstant,
        MayBeLive = a.MayBeLive || b.MayBeLive,
        Cuts = Union(b.MayBeConstant || b.MayBeCut ? a.Cuts : [], a.MayBeConstant || a.MayBeCut ? b.Cuts : []),
        Draws = Union(a.Draws, b.Draws),
    };

    static IReadOnlyList<Break> Union(IReadOnlyList<Break> a, IReadOnlyList<Break> b) =>
        b.Count == 0 ? a : a.Count == 0 ? b : [.. a.Union(b)];
}
