using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A voting rule as a value, for code that is the same for every ensemble; see <see cref="IVotingRule"/>.
/// </summary>
/// <param name="Scores">The rule's scores [N, K] of a ballot.</param>
/// <param name="Labels">The rule's labels [N] of a ballot with its scores.</param>
/// <param name="SurrogateScores">The differentiable scores [N, K] that an attacker follows.</param>
/// <param name="Settled">What some of the members settle whatever the others say.</param>
/// <param name="Proven">Whether bounds of the members prove the label; null where the rule has none.</param>
public sealed record VotingRule(
    Func<Ballot, Tensor> Scores,
    Func<Ballot, Tensor, Tensor> Labels,
    Func<Ballot, Tensor> SurrogateScores,
    Func<Ballot, int, Tensor?> Settled,
    Func<BallotBounds, Tensor?> Proven)
{
    /// <summary>Whether attacks follow the gradient of the scores too, beside that of the surrogate.</summary>
    public bool HasOwnGradient { get; init; }

    /// <summary>Whether it may reject an image of which every member says numbers.</summary>
    public bool MayReject { get; init; } = true;

    /// <summary>The type that it is; null for one that is put together of functions.</summary>
    public Type? Implementation { get; init; }

    /// <summary>What an ensemble of the rule says as a member of another, from its scores.</summary>
    public Func<Tensor, Tensor> Logits { get; init; } = scores => scores;

    /// <summary>The same, differentiable, from its surrogate scores.</summary>
    public Func<Tensor, Tensor> SurrogateLogits { get; init; } = surrogateScores => surrogateScores;

    /// <summary>What bounds of the members leave of what it says there; null where nobody has derived it.</summary>
    public Func<BallotBounds, LogitBounds?> LogitsWithin { get; init; } = _ => null;

    /// <summary>The rule that a type implements.</summary>
    /// <typeparam name="TRule">The voting rule.</typeparam>
    public static VotingRule From<TRule>() where TRule : IVotingRule =>
        new(TRule.Scores, TRule.Labels, TRule.SurrogateScores, TRule.Settled, TRule.Proven)
        {
            HasOwnGradient = TRule.HasOwnGradient,
            MayReject = TRule.MayReject,
            Implementation = typeof(TRule),
            Logits = TRule.Logits,
            SurrogateLogits = TRule.SurrogateLogits,
            LogitsWithin = TRule.LogitsWithin,
        };
}
