namespace Ensembles.Evaluation;

/// <summary>A voting rule that a search tries.</summary>
/// <param name="Type">The type that implements it, which a declaration names.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Quorums">
/// The quorums that it is tried with among so many members; one of 1 where it asks for none, none where it makes no
/// sense among so many.
/// </param>
public sealed record SearchedRule(Type Type, VotingRule Rule, Func<int, IEnumerable<int>> Quorums)
{
    /// <summary>
    /// The rules of this library that need no numbers beside the members. A majority is asked of odd numbers of
    /// members, which cannot tie between two classes; a median of three and more, since that of two is their mean; a
    /// quorum is tried from two members to all.
    /// </summary>
    public static IReadOnlyList<SearchedRule> All { get; } =
    [
        From<MeanProbability>(), From<MeanLogit>(), From<MaxMin>(), From<Product>(),
        From<MedianLogit>() with { Quorums = members => members > 2 ? [1] : [] },
        From<MajorityVote>() with { Quorums = members => members % 2 == 1 ? [1] : [] },
        From<Quorum>() with { Quorums = members => Enumerable.Range(2, Math.Max(0, members - 1)) },
    ];

    /// <summary>The rule's name.</summary>
    public string Name => Type.Name;

    /// <summary>A rule that asks for no quorum.</summary>
    /// <typeparam name="TRule">The voting rule.</typeparam>
    public static SearchedRule From<TRule>() where TRule : IVotingRule =>
        new(typeof(TRule), VotingRule.From<TRule>(), _ => [1]);
}
