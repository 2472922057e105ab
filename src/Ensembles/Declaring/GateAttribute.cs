using System.Runtime.CompilerServices;

namespace Ensembles;

/// <summary>
/// Marks a partial property of an ensemble as a gate: a <see cref="Detector"/> whose score above a threshold rejects
/// the image.
/// </summary>
/// <param name="file">The source file; the compiler fills it in.</param>
/// <param name="line">The line; the compiler fills it in.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class GateAttribute([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    : DeclaringAttribute(file, line)
{
    /// <summary>
    /// The share of clean validation images the gate may reject, in (0, 1).
    /// <see cref="Ensemble.CalibrateGates"/> sets the threshold from it.
    /// </summary>
    public double FalsePositiveRate { get; init; } = 0.05;

    /// <summary>Whether it sees what the ensemble's fronts make of the images, as members do.</summary>
    public bool BehindFronts { get; init; }
}
