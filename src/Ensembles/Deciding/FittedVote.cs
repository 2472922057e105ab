using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The fitted numbers of an ensemble's voting rule, and the fingerprints of the validation images they were fitted on.
/// Both are buffers: saved, loaded and moved with the ensemble.
/// </summary>
public sealed class FittedVote : Module, IFittedToImages
{
    const int BatchSize = 128;

    readonly Func<ValidationVotes, Tensor> fit;
    readonly bool needsAttackedImages;
    readonly int members;
    readonly FittedImages fitted = new();
    readonly Tensor numbers;

    FittedVote(VotingRule rule, Func<ValidationVotes, Tensor> fit, bool needsAttackedImages, int members, int others)
        : base(nameof(FittedVote))
    {
        (Rule, this.fit, this.needsAttackedImages, this.members) = (rule, fit, needsAttackedImages, members);
        numbers = full(members + others, float.NaN).DetachFromDisposeScope();
        register_buffer(nameof(numbers), numbers);
        RegisterComponents();
    }

    /// <summary>The numbers of a rule that is not fitted yet.</summary>
    /// <typeparam name="TRule">The voting rule.</typeparam>
    /// <param name="members">M.</param>
    public static FittedVote Of<TRule>(int members) where TRule : IFittedRule =>
        new(VotingRule.From<TRule>(), TRule.Fit, TRule.NeedsAttackedImages, members, TRule.Numbers);

    /// <summary>The voting rule.</summary>
    public VotingRule Rule { get; }

    /// <summary>
    /// The members' weights, then the rule's other numbers, float32 [M + P]; NaN until they are fitted.
    /// </summary>
    public Tensor Numbers => numbers;

    /// <inheritdoc/>
    public FittedImages FittedTo => fitted;

    /// <summary>Whether the rule is fitted.</summary>
    public bool IsFitted
    {
        get
        {
            using var scope = NewDisposeScope();
            return numbers.isfinite().all().item<bool>();
        }
    }

    /// <summary>Throws unless the vote of the ensemble named is fitted.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public void ThrowIfUnfitted(string ensemble)
    {
        if (!IsFitted)
            throw new InvalidOperationException(
                $"The vote of {ensemble} is not fitted yet: call FitVote(validation, ...) after training, or load a "
                + "fitted ensemble.");
    }

    /// <summary>Throws where the rule cannot be fitted without perturbed images, and there are none.</summary>
    /// <param name="hasAttackedImages">Whether there are.</param>
    /// <exception cref="ArgumentException">They are missing.</exception>
    public void ThrowIfAttackIsMissing(bool hasAttackedImages)
    {
        if (needsAttackedImages && !hasAttackedImages)
            throw new ArgumentException(
                "This voting rule is fitted on attacked validation images too: name the attack and the threat model "
                + "with the validation images, FitVote(validation, attack, threat) or Validation's Attack and Threat.");
    }

    /// <summary>Fits the numbers in place, and leaves the vote in evaluation mode.</summary>
    /// <param name="components">Who votes; of them the fronts and the members are asked.</param>
    /// <param name="validation">Clean images that are used neither in training nor in a test.</param>
    /// <param name="attacked">
    /// For each member the images [N, C, H, W] perturbed against it alone; empty for none.
    /// </param>
    internal void Fit(Components components, LabeledImages validation, IReadOnlyList<Tensor> attacked)
    {
        ThrowIfAttackIsMissing(attacked.Count > 0);
        if (validation.Count == 0)
            throw new ArgumentException("A vote is fitted on validation images; there were none.", nameof(validation));
        if (attacked.Count > 0 && attacked.Count != members)
            throw new ArgumentException(
                $"Attacked images are given for each of the {members} members or for none, and not for "
                + $"{attacked.Count}.",
                nameof(attacked));
        FittedImages.ThrowIfAmong(
            components.Modules.Where(module => module != this), validation.Images, "validation images",
             "Members are surer of images that they know: fit the vote on others.");

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new KeptGenerator();
        manual_seed(0);
        var asked = components.WithoutGates();
        var modes = asked.All.Select(component => ModuleMode.Keep(component.Module)).ToList();
        try
        {
            foreach (var component in asked.All)
                component.Module.eval();
            var votes = new ValidationVotes(
                Logits(asked, validation.Images), validation.Labels.cpu(),
                [.. attacked.Select(images => Logits(asked, Checked(images, validation)))]);
            numbers.copy_(fit(votes));
        }
        finally
        {
            modes.ForEach(mode => mode.Dispose());
        }
        fitted.Remember(validation, CancellationToken.None);
        eval();
    }

    /// <summary>The members' logits, float64 [M, N, K] on the CPU.</summary>
    static Tensor Logits(Components asked, Tensor images)
    {
        using var scope = NewDisposeScope();
        var parts = images.split(BatchSize).Select(part =>
            // A copy, since a forward may work in place.
            asked.Ask(part, (component, seen) => component.Module.call(seen.clone())).Logits
                .to_type(ScalarType.Float64).cpu());
        return cat([.. parts], 1).MoveToOuterDisposeScope();
    }

    static Tensor Checked(Tensor images, LabeledImages validation)
    {
        ImageChecks.ThrowIfNotImages(images);
        if (!images.shape.SequenceEqual(validation.Images.shape))
            throw new ArgumentException(
                $"Attacked images are one for each validation image: [{string.Join(", ", validation.Images.shape)}], "
                + $"and not [{string.Join(", ", images.shape)}].",
                nameof(images));
        return images;
    }
}
