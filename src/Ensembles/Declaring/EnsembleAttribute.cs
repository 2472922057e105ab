using System.Runtime.CompilerServices;

namespace Ensembles;

/// <summary>
/// Declares an ensemble of defenses: a partial class whose partial properties marked <see cref="MemberAttribute"/>
/// vote by <typeparamref name="TRule"/> and whose properties marked <see cref="GateAttribute"/> may reject.
/// The source generator writes the rest of the class.
/// </summary>
/// <typeparam name="TRule">How the members' logits become one decision.</typeparam>
/// <param name="file">The source file; the compiler fills it in.</param>
/// <param name="line">The line; the compiler fills it in.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EnsembleAttribute<TRule>([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    : DeclaringAttribute(file, line)
    where TRule : IVotingRule
{
    /// <summary>
    /// For <see cref="Ensembles.Quorum"/>: how many members must agree before an image is accepted. From 1 to the
    /// number of members.
    /// </summary>
    public int Quorum { get; init; } = 1;
}
