using System.Globalization;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>What is wrong at a place that a value came through.</summary>
public enum BreakKind
{
    /// <summary>The gradient is zero there, or there is none.</summary>
    NoGradient,

    /// <summary>Random numbers come in.</summary>
    Draw,

    /// <summary>The gradient vanishes for all but a narrow range of inputs.</summary>
    Saturation,
}

/// <summary>A place that a value came through and that spoils its gradient.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Place">Where it is written.</param>
/// <param name="What">What stands there, for a message.</param>
/// <param name="Owner">The module whose code it is, or that called the code.</param>
public sealed record Break(BreakKind Kind, Location Place, string What, INamedTypeSymbol Owner)
{
    /// <summary>Whether what is behind it still shows what was before: rounded numbers, or their signs.</summary>
    public bool KeepsImage { get; init; }

    /// <summary>The share of what passes beside it with a gradient; 0 for none.</summary>
    public double Beside { get; init; }

    /// <summary>What stands there, and what passes beside it.</summary>
    public string Description =>
        Beside > 0
            ? $"{What}, but for a share of {Beside.ToString("G2", CultureInfo.InvariantCulture)} that passes beside it"
            : What;
}
