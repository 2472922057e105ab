using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// How a value depends on the input of a module, over all ways it may be computed: not at all; with a gradient; or
/// without one, because every way from the input to it leads through a break. Of two operands the one with a gradient
/// wins, since it carries the gradient past the other: <c>x * (x &gt; t)</c> has one, and so has <c>x + (x.round() -
/// x).detach()</c>.
/// </summary>
sealed record Value
{
    /// <summary>A value that does not depend on the input.</summary>
    public static readonly Value Constant = new() { MayBeConstant = true };

    /// <summary>A value that has a gradient to the input.</summary>
    public static readonly Value Live = new() { MayBeLive = true };

    /// <summary>The number 0.</summary>
    public static readonly Value Zero = Constant with { IsZero = true };

    /// <summary>A condition that is the same wherever an attack runs the code.</summary>
    public static readonly Value True = Constant with { Truth = true };

    /// <summary>A condition that never holds where an attack runs the code.</summary>
    public static readonly Value False = Constant with { Truth = false };

    public bool MayBeConstant { get; init; }

    /// <summary>What a condition is where an attack runs the code; null where it may be either, or is none.</summary>
    public bool? Truth { get; init; }

    /// <summary>Whether it is 0 wherever an attack runs the code.</summary>
    public bool IsZero { get; init; }

    /// <summary>Whether it is the type of the elements of a tensor with a gradient, which are floating point.</summary>
    public bool IsFloatingType { get; init; }

    /// <summary>What it is the remainder of a division of, as it is written; null for anything else.</summary>
    public SyntaxNode? RemainderOf { get; init; }

    public bool MayBeLive { get; init; }

    /// <summary>The breaks behind which the value may have no gradient; empty where it cannot be without.</summary>
    public IReadOnlyList<Break> Cuts { get; init; } = [];

    /// <summary>The random numbers in it.</summary>
    public IReadOnlyList<Break> Draws { get; init; } = [];

    /// <summary>The elements of a tuple or a listed array; empty for anything else.</summary>
    public IReadOnlyList<Value> Elements { get; init; } = [];

    /// <summary>The functions and objects that it may be, or that are in it.</summary>
    public IReadOnlyList<Callable> Callables { get; init; } = [];

    /// <summary>A source of random numbers that starts at the same seed each time.</summary>
    public bool IsSeeded { get; init; }

    /// <summary>The product of the constant factors since the last operation of another kind.</summary>
    public double Gain { get; init; } = 1;

    /// <summary>Where the gain's last factor stands.</summary>
    public Location? GainPlace { get; init; }

    /// <summary>Where it became probabilities; null where it is none.</summary>
    public Break? Probabilities { get; init; }

    bool MayBeCut => Cuts.Count > 0;

    bool IsRounded => MayBeCut && !MayBeLive && !MayBeConstant && Cuts.All(cut => cut.KeepsImage);

    /// <summary>What an operation makes of its operands.</summary>
    public static Value Combine(params Value[] operands) =>
        operands.Length == 0 ? Constant : operands.Select(operand => operand.Plain()).Aggregate(Combine);

    /// <summary>
    /// A sum. Where an operand has been rounded and the gradient passes beside it through less than a tenth as much, it
    /// says next to nothing about what the sum does, and so the sum counts as one without.
    /// </summary>
    public static Value Sum(Value a, Value b)
    {
        var sum = Combine(a, b);
        return a.IsRounded && b.IsBeside(a) ? Rounded(a, b)
            : b.IsRounded && a.IsBeside(b) ? Rounded(b, a)
            : sum.LooksLike(Larger(a, b)) with { Probabilities = null };

        Value Rounded(Value whole, Value share) => sum.LooksLike(whole) with
        {
            MayBeLive = false,
            Cuts = [.. whole.Cuts.Select(cut => cut with { Beside = cut.Beside + (share.Gain / whole.Gain) })],
        };
    }

    /// <summary>What is known where two ways of computing a value meet.</summary>
    public static Value Join(Value a, Value b) => ReferenceEquals(a, b) ? a : new()
    {
        MayBeConstant = a.MayBeConstant || b.MayBeConstant,
        MayBeLive = a.MayBeLive || b.MayBeLive,
        Cuts = Union(a.Cuts, b.Cuts),
        Draws = Union(a.Draws, b.Draws),
        Elements = a.Elements.Count == b.Elements.Count ? [.. a.Elements.Zip(b.Elements, Join)] : [],
        Callables = Union(a.Callables, b.Callables),
        IsSeeded = a.IsSeeded && b.IsSeeded,
        Truth = a.Truth == b.Truth ? a.Truth : null,
        IsZero = a.IsZero && b.IsZero,
        IsFloatingType = a.IsFloatingType && b.IsFloatingType,
        RemainderOf = a.RemainderOf ?? b.RemainderOf,
        Gain = Larger(a, b).Gain,
        GainPlace = Larger(a, b).GainPlace,
        Probabilities = a.Probabilities ?? b.Probabilities,
    };

    /// <summary>A tuple, or an array whose elements are listed.</summary>
    public static Value Tuple(IEnumerable<Value> elements)
    {
        var all = elements.ToList();
        return Combine([.. all]) with { Elements = all };
    }

    /// <summary>The value behind an operation that passes no gradient on.</summary>
    public Value CutAt(Break place) => MayBeLive || Cuts.Any(cut => cut.Beside > 0)
        ? Plain() with { MayBeLive = false, Cuts = Union([.. Cuts.Where(cut => cut.Beside == 0)], [place]) }
        : Plain();

    /// <summary>
    /// The value where it is read as something that carries no gradient and is not made from the numbers, such as a
    /// shape.
    /// </summary>
    public Value WithoutGradient() =>
        MayBeLive ? Plain() with { MayBeLive = false, MayBeConstant = MayBeConstant || !MayBeCut } : this;

    public Value WithDraw(Break draw) => WithDraws([draw]);

    /// <summary>The value where random numbers decide whether it is this one.</summary>
    public Value WithDraws(IReadOnlyList<Break> draws) => Plain() with { Draws = Union(Draws, draws) };

    /// <summary>A condition made of what conditions are made of.</summary>
    public Value Holding(bool? truth) => this with { Truth = truth };

    /// <summary>The value multiplied by a constant.</summary>
    public Value Times(double factor, SyntaxNode place) =>
        this with { Gain = Gain * Math.Abs(factor), GainPlace = place.GetLocation(), Probabilities = null };

    /// <summary>A product: of random numbers and 0 nothing random remains.</summary>
    public static Value Product(Value product, Value a, Value b) =>
        a.IsZero || b.IsZero ? product with { Draws = [], IsZero = true } : product;

    /// <summary>The value with another's gain and probabilities: what a change of shape keeps.</summary>
    public Value LooksLike(Value other) =>
        this with { Gain = other.Gain, GainPlace = other.GainPlace, Probabilities = other.Probabilities };

    /// <summary>Of two values the one with a gradient, and of two with one the one with the larger gain.</summary>
    static Value Larger(Value a, Value b) => !b.MayBeLive || (a.MayBeLive && a.Gain >= b.Gain) ? a : b;

    bool IsBeside(Value rounded) => MayBeLive && !MayBeConstant && !MayBeCut && Gain < rounded.Gain / 10;

    Value Plain() => Elements.Count == 0 && !IsSeeded && Gain == 1 && Probabilities is null
        && Truth is null && !IsZero && !IsFloatingType && RemainderOf is null
        ? this
        : new()
        {
            MayBeConstant = MayBeConstant,
            MayBeLive = MayBeLive,
            Cuts = Cuts,
            Draws = Draws,
            Callables = Callables,
        };

    static Value Combine(Value a, Value b) => new()
    {
        MayBeConstant = a.MayBeConstant && b.MayBeConstant,
        MayBeLive = a.MayBeLive || b.MayBeLive,
        Cuts = Union(b.MayBeConstant || b.MayBeCut ? a.Cuts : [], a.MayBeConstant || a.MayBeCut ? b.Cuts : []),
        Draws = Union(a.Draws, b.Draws),
        Callables = Union(a.Callables, b.Callables),
    };

    static IReadOnlyList<T> Union<T>(IReadOnlyList<T> a, IReadOnlyList<T> b) =>
        b.Count == 0 ? a : a.Count == 0 ? b : [.. a.Union(b)];
}
