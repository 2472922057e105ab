using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// One evaluation of a defense under attack, seen with the true labels and the attacker's criterion: S draws of N
/// images, R = S N rows, draw-major. Losses are computed from it.
/// </summary>
public sealed class DefenseEvaluation : IDisposable
{
    internal DefenseEvaluation(
        SurfaceOutput output, Tensor images, BatchCriterion criterion, int draws, Tensor? rows = null) =>
        (Output, Images, Criterion, Draws, Rows) = (output, images, criterion, draws, rows);

    /// <summary>What the defense's attack surface returned.</summary>
    public SurfaceOutput Output { get; }

    /// <summary>
    /// The images [N, C, H, W] that were evaluated; where gradients are followed, what they are followed to. Those
    /// among them that have left the attack since may still be there.
    /// </summary>
    public Tensor Images { get; }

    /// <summary>S.</summary>
    public int Draws { get; }

    /// <summary>M, the number of members.</summary>
    public int Members => (int)Output.MemberLogits.size(0);

    /// <summary>G, the number of gates, those of ensembles among the members included.</summary>
    public int Gates => (int)Output.GateScores.size(0);

    /// <summary>True labels, int64 [N].</summary>
    public Tensor Labels => Criterion.Labels;

    /// <summary>
    /// For each image the classes that meet the criterion, int64 [N, K - 1], the likeliest on the clean image first;
    /// those that have fewer begin anew.
    /// </summary>
    public Tensor TargetClasses => Criterion.TargetClasses;

    /// <summary>The attacker's criterion, for these images.</summary>
    internal BatchCriterion Criterion { get; }

    /// <summary>Which of <see cref="Images"/> the N are, int64 [N]; null when they are all.</summary>
    internal Tensor? Rows { get; }

    /// <summary>
    /// Margins [R] of scores [R, K]: the highest among the classes that meet the criterion less the highest among the
    /// others, positive where the scores meet it. To have images misclassified it is max_{k != y} s_k - s_y.
    /// </summary>
    public Tensor Margins(Tensor scores) => Criterion.Classes.Margins(scores);

    /// <summary>The same with log sum exp in the place of the maximum, [R].</summary>
    public Tensor SoftMargins(Tensor scores)
    {
        if (Criterion.Classes.AnyTrivial)
            return Margins(scores);
        return SoftMaximum(Criterion.OnlyTarget, inside: true) - SoftMaximum(Criterion.OnlyOther, inside: false);

        Tensor SoftMaximum(Tensor? only, bool inside)
        {
            if (only is not null)
                return scores.gather(1, ForRows(only).unsqueeze(1)).squeeze(1);
            var excluded = ForRows(inside ? Criterion.Others : Criterion.Mask);
            return scores.masked_fill(excluded, float.NegativeInfinity).logsumexp(1);
        }
    }

    /// <summary>
    /// The lead [R] in the vote's scores of one of the classes that meet the criterion over the true one, s_t - s_y.
    /// </summary>
    /// <remarks>Where that class is at negative infinity, and leads nowhere, the margin stands in its place.</remarks>
    /// <param name="rank">0 for the likeliest on the clean image: see <see cref="TargetClasses"/>.</param>
    public Tensor Lead(int rank)
    {
        var (target, own) = (ScoresOf(TargetClasses.select(1, rank)), ScoresOf(Labels));
        var lead = target - own;
        if (HostMemory.ReadFloats(lead).All(float.IsFinite))
            return lead;
        lead = target.clamp(min: ClassSets.Furthest) - own.clamp(min: ClassSets.Furthest);
        return where(target.isneginf(), Margins(Output.Scores), lead);
    }

    /// <summary>The same seen with the gradient of the scores themselves; its tensors stay this one's.</summary>
    internal DefenseEvaluation ByOwnGradient() => Output.OwnScores is { } own
        ? new(Output with { Scores = own }, Images, Criterion, Draws, Rows)
        : this;

    /// <summary>By how much each gate's score is above its threshold, [G, R].</summary>
    public Tensor GateExcess() => Output.GateScores - Output.GateThresholds.unsqueeze(1);

    /// <summary>
    /// Rows [R] whose vote meets the criterion: by the decided label where the gates let it show, by the surrogate
    /// scores where a gate hides it.
    /// </summary>
    public Tensor VoteMeetsCriterion()
    {
        var decided = HostMemory.ReadLongs(Output.Labels);
        var scores = HostMemory.ReadFloats(Output.Scores);
        var gateScores = HostMemory.ReadFloats(Output.GateScores);
        var thresholds = HostMemory.ReadFloats(Output.GateThresholds);
        var (classes, images) = ((int)Output.Scores.size(1), (int)Labels.size(0));
        var meets = new bool[decided.Length];
        for (var row = 0; row < meets.Length; row++)
        {
            var image = row % images;
            meets[row] = (decided[row] != Decision.Reject && Criterion.IsMetBy(image, decided[row]))
                || (IsHidden(row) && Criterion.Classes.Margin(scores.AsSpan(row * classes, classes), image) > 0);
        }
        return tensor(meets, device: Output.Scores.device);

        bool IsHidden(int row)
        {
            // Inside ensembles among the members gates hide a vote where all abstain.
            if (decided[row] != Decision.Reject)
                return false;
            for (var gate = 0; gate < thresholds.Length; gate++)
            {
                if (gateScores[gate * decided.Length + row] - thresholds[gate] > 0)
                    return true;
            }
            return false;
        }
    }

    /// <summary>
    /// For each gate of ensembles among the members, whether the vote that it guards meets the criterion, bool [I, R];
    /// null where there are none.
    /// </summary>
    internal Tensor? GuardedVotesMeetCriterion()
    {
        if (Output.GuardedVotes is not { } guarded || Output.InnerGates == 0)
            return null;
        var images = (int)Labels.size(0);
        bool[] meets =
        [
            .. HostMemory.ReadLongs(guarded).Select((label, i) =>
                label != Decision.Reject && Criterion.IsMetBy(i % (int)guarded.size(1) % images, label)),
        ];
        return tensor(meets, guarded.shape, device: guarded.device);
    }

    /// <summary>
    /// Rows [R] that meet the criterion but for gates that have to be passed: their vote meets it or, where a rejection
    /// is enough, their decision.
    /// </summary>
    public Tensor MeetsCriterion() =>
        Criterion.Criterion.IsMetByRejection ? DecisionMeetsCriterion() : VoteMeetsCriterion();

    /// <summary>Rows [R] whose decision meets the criterion.</summary>
    internal Tensor DecisionMeetsCriterion()
    {
        var (decided, images) = (HostMemory.ReadLongs(Output.Labels), (int)Labels.size(0));
        bool[] meets = [.. decided.Select((label, row) => Criterion.IsMetBy(row % images, label))];
        return tensor(meets, device: Output.Scores.device);
    }

    /// <summary>
    /// For conditions on rows, [..., R], whether a majority of each image's draws meets them, [..., N].
    /// </summary>
    public Tensor MajorityOfDraws(Tensor conditions)
    {
        long[] shape = [.. conditions.shape[..^1], Draws, conditions.shape[^1] / Draws];
        return conditions.to_type(ScalarType.Float32).view(shape).mean([-2]).gt(0.5);
    }

    /// <summary>Means [N] over the draws of values [R].</summary>
    public Tensor MeanOverDraws(Tensor values) => values.view(Draws, -1).mean([0]);

    /// <summary>What belongs to the rows, [R, ...], of what belongs to the images, [N, ...].</summary>
    public Tensor ForRows(Tensor ofImages) => Draws == 1
        ? ofImages.alias()
        : ofImages.repeat([Draws, .. Enumerable.Repeat(1L, (int)ofImages.dim() - 1)]);

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Output.Dispose();
    }

    /// <summary>Some of the images, int64 [n]; of one draw.</summary>
    /// <param name="chosen">Which.</param>
    /// <param name="criterion">The criterion for them.</param>
    internal DefenseEvaluation Select(Tensor chosen, BatchCriterion criterion)
    {
        var some = new SurfaceOutput(
            Output.MemberLogits.index_select(1, chosen), Output.Scores.index_select(0, chosen),
            Output.Labels.index_select(0, chosen), Output.GateScores.index_select(1, chosen), Output.GateThresholds)
        {
            OwnScores = Output.OwnScores?.index_select(0, chosen),
            GuardedVotes = Output.GuardedVotes?.index_select(1, chosen),
        };
        return new DefenseEvaluation(some, Images, criterion, Draws, chosen);
    }

    /// <summary>Keeps it whatever dispose scopes end, until it is disposed.</summary>
    internal DefenseEvaluation DetachFromDisposeScope()
    {
        Images.DetachFromDisposeScope();
        Tensor?[] parts =
        [
            Output.MemberLogits, Output.Scores, Output.OwnScores, Output.Labels, Output.GateScores,
            Output.GateThresholds, Output.GuardedVotes,
        ];
        foreach (var tensor in parts)
            tensor?.DetachFromDisposeScope();
        return this;
    }

    Tensor ScoresOf(Tensor classes) => Output.Scores.gather(1, ForRows(classes).unsqueeze(1)).squeeze(1);
}
