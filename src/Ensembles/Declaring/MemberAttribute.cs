using System.Runtime.CompilerServices;

namespace Ensembles;

/// <summary>
/// Marks a partial property of an ensemble as a voting member. Its type is a <see cref="Classifier"/>, or a class with
/// <see cref="EnsembleAttribute{TRule}"/>: an ensemble, which abstains where it rejects.
/// </summary>
/// <remarks>See <see cref="Abstention"/> for the vote without those that abstain.</remarks>
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
