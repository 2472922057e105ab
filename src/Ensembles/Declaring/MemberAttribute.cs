using System.Runtime.CompilerServices;

namespace Ensembles;

/// <summary>
/// Marks a partial property of an ensemble as a voting member. Its type is a <see cref="Classifier"/>.
/// </summary>
/// <param name="file">The source file; the compiler fills it in.</param>
/// <param name="line">The line; the compiler fills it in.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MemberAttribute([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    : DeclaringAttribute(file, line)
{
    /// <summary>
    /// The member's weight under <see cref="WeightedMean"/>; positive. Weights are normalised to sum to 1.
    /// </summary>
    public double Weight { get; init; } = 1;
}
