namespace Ensembles.Attacks;

/// <summary>
/// What counts as a success for the attacker: which of a defense's decisions, for each image. The losses of attacks,
/// the choice of the best image and the verdict all follow from it.
/// </summary>
/// <remarks>
/// <see cref="Misclassified"/> and <see cref="Disrupted"/> are the criteria of the lenient and the strict robust
/// accuracy,
/// <see cref="Target(IReadOnlyList{long})"/> asks for a chosen class, and <c>&amp;</c> asks for two criteria at once.
/// One of your own says in <see cref="IsMetBy"/> which classes meet it; an attack then raises the highest score among
/// those over the highest among the others, a margin that crosses 0 exactly where the vote meets the criterion.
/// </remarks>
public abstract record Criterion
{
    /// <summary>
    /// The image is accepted under a wrong label. Robust accuracy against it is the lenient one: a rejection is a
    /// success of the defender.
    /// </summary>
    public static Criterion Misclassified { get; } = new MisclassifiedCriterion();

    /// <summary>
    /// The image does not get its right label: accepted under a wrong one, or rejected. Robust accuracy against it is
    /// the strict one.
    /// </summary>
    public static Criterion Disrupted { get; } = new DisruptedCriterion();

    /// <summary>Every image is accepted under one chosen class.</summary>
    /// <param name="target">The class, for all images.</param>
    public static Criterion Target(long target) => new TargetCriterion(target, null);

    /// <summary>Each image is accepted under the class chosen for it.</summary>
    /// <param name="targets">The class for each image of the run, in their order.</param>
    public static Criterion Target(IReadOnlyList<long> targets) => new TargetCriterion(0, targets);

    /// <summary>Both criteria at once: the decisions that meet the one and the other.</summary>
    public static Criterion operator &(Criterion first, Criterion second) => new JoinedCriterion(first, second);

    /// <summary>Its name in reports; seeds of draws follow from it too.</summary>
    public abstract string Name { get; }

    /// <summary>Whether an image accepted under a class meets the criterion.</summary>
    /// <param name="decided">The class the defense decided for, 0 or above.</param>
    /// <param name="label">The image's true label.</param>
    /// <param name="image">Which image of the run it is, from 0.</param>
    public abstract bool IsMetBy(long decided, long label, int image);

    /// <summary>Whether a rejection meets the criterion. If not, the gates must let the image pass.</summary>
    public virtual bool IsMetByRejection => false;

    /// <summary>The same for some of a run's images, which are counted from 0 from there on.</summary>
    /// <param name="images">Which images go on, in their order.</param>
    public virtual Criterion Select(IReadOnlyList<int> images) => this;

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    sealed record MisclassifiedCriterion : Criterion
    {
        public override string Name => "Misclassify";

        public override bool IsMetBy(long decided, long label, int image) => decided != label;
    }

    sealed record DisruptedCriterion : Criterion
    {
        public override string Name => "Disrupt";

        public override bool IsMetBy(long decided, long label, int image) => decided != label;

        public override bool IsMetByRejection => true;
    }

    sealed record TargetCriterion(long Common, IReadOnlyList<long>? Targets) : Criterion
    {
        public override string Name => Targets is null ? $"Target {Common}" : "Target";

        public override bool IsMetBy(long decided, long label, int image) => decided == (Targets?[image] ?? Common);

        public override Criterion Select(IReadOnlyList<int> images) =>
            Targets is null ? this : this with { Targets = [.. images.Select(i => Targets[i])] };
    }

    sealed record JoinedCriterion(Criterion First, Criterion Second) : Criterion
    {
        public override string Name => $"{First} and {Second}";

        public override bool IsMetBy(long decided, long label, int image) =>
            First.IsMetBy(decided, label, image) && Second.IsMetBy(decided, label, image);

        public override bool IsMetByRejection => First.IsMetByRejection && Second.IsMetByRejection;

        public override Criterion Select(IReadOnlyList<int> images) =>
            new JoinedCriterion(First.Select(images), Second.Select(images));
    }
}
