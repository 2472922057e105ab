namespace Ensembles.Attacks;

/// <summary>What a gradient attack increases.</summary>
/// <remarks>One of your own is a <see cref="VoteLoss"/>.</remarks>
public abstract record AttackLoss
{
    /// <summary>
    /// Vote, quorum and gates together, with several losses in turn over the restarts. The one to judge a defense by.
    /// </summary>
    public static AttackLoss Adaptive { get; } = new AdaptiveLoss();

    /// <summary>
    /// The cross-entropy of the vote's scores: the textbook attack, to compare with other libraries. In float32 its
    /// gradient is exactly zero on images the classifier is sure of, so it overestimates robustness.
    /// </summary>
    public static VoteLoss CrossEntropy { get; } = new CrossEntropyLoss();

    /// <summary>
    /// The margin of the vote's scores, max_{k != y} s_k - s_y (Carlini and Wagner [6]) or that of another criterion.
    /// </summary>
    public static VoteLoss Margin { get; } = new MarginLoss();

    /// <summary>
    /// The difference of logits ratio of the vote's scores, -(s_y - max_{k != y} s_k) / (s_(1) - s_(3)), s_(i) the i-th
    /// highest (Croce and Hein 2020): scaling or shifting the scores does not change it. Of two classes there is no
    /// third, and the margin itself is followed.
    /// </summary>
    public static VoteLoss Dlr { get; } = new DlrLoss();

    /// <summary>
    /// The vote and its members, these weighted by what the decision owes to each (MORA, Yu et al. 2022); its mixture
    /// changes over five restarts. Made for ensembles whose members were trained together.
    /// </summary>
    public static AttackLoss ReweighedMembers { get; } = new ReweighedMembersLoss();

    /// <summary>Its name in reports.</summary>
    public abstract string Name { get; }

    /// <summary>What a restart against a defense increases.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="criterion">What counts as a success.</param>
    /// <param name="restart">Which restart, from 0.</param>
    public abstract RestartLoss ForRestart(AttackSurface surface, Criterion criterion, int restart);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}
