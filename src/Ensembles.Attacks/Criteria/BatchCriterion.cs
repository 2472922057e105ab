using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// A criterion for a batch of N images: which classes meet it for each, and how far the clean image is from it, the
/// unit in which its perturbed images compare.
/// </summary>
sealed class BatchCriterion : IDisposable
{
    readonly float[] marginUnits;
    readonly float[][] gateUnits;
    readonly int liveTargets;
    readonly Dictionary<string, Tensor> made = [];

    /// <summary>Takes the classes and the units from an evaluation of the clean images.</summary>
    /// <param name="criterion">The criterion.</param>
    /// <param name="clean">S draws of N clean images.</param>
    /// <param name="labels">Their true labels, int64 [N].</param>
    /// <param name="draws">S.</param>
    /// <param name="first">Which image of the run the first is.</param>
    public BatchCriterion(Criterion criterion, SurfaceOutput clean, Tensor labels, int draws, int first = 0)
    {
        using var scope = NewDisposeScope();
        (Criterion, Labels) = (criterion, labels.alias().DetachFromDisposeScope());
        var hostLabels = HostMemory.ReadLongs(labels);
        var (count, classes) = (hostLabels.Length, (int)clean.Scores.size(-1));
        var meets = new bool[count * classes];
        for (var i = 0; i < meets.Length; i++)
            meets[i] = criterion.IsMetBy(i % classes, hostLabels[i / classes], first + i / classes);
        Classes = new ClassSets(meets, classes);
        (var ranked, liveTargets) = RankTargets(clean, draws);
        TargetClasses = ranked.DetachFromDisposeScope();
        marginUnits = HostMemory.ReadFloats(Unit(Classes.Margins(clean.Scores).view(draws, -1).mean([0])));
        var excess = clean.GateScores - clean.GateThresholds.unsqueeze(1);
        var gates = (int)excess.size(0);
        excess = excess.view(gates, draws, count).mean([1]);
        gateUnits = [.. Enumerable.Range(0, gates).Select(g => HostMemory.ReadFloats(Unit(excess[g])))];
    }

    BatchCriterion(BatchCriterion all, Tensor rows)
    {
        int[] chosen = [.. HostMemory.ReadLongs(rows).Select(row => (int)row)];
        T[] Some<T>(T[] values) => [.. chosen.Select(i => values[i])];
        Criterion = all.Criterion;
        Classes = all.Classes.Select(chosen);
        Labels = all.Labels.index_select(0, rows).DetachFromDisposeScope();
        TargetClasses = all.TargetClasses.index_select(0, rows).DetachFromDisposeScope();
        liveTargets = all.liveTargets;
        (marginUnits, gateUnits) = (Some(all.marginUnits), [.. all.gateUnits.Select(Some)]);
    }

    /// <summary>What counts as a success.</summary>
    public Criterion Criterion { get; }

    /// <summary>For each image the classes that meet the criterion.</summary>
    public ClassSets Classes { get; }

    /// <summary>True labels, int64 [N].</summary>
    public Tensor Labels { get; }

    /// <summary>
    /// For each image its classes that meet the criterion, int64 [N, K - 1], the likeliest by the members' summed
    /// log-probabilities on the clean image first; those that have fewer begin anew. Classes whose score there is
    /// negative infinity are none, as long as there are others.
    /// </summary>
    public Tensor TargetClasses { get; }

    /// <summary>How many target classes the image with the most of them has, at most K - 1.</summary>
    public int TargetCount => Math.Min(liveTargets, (int)TargetClasses.size(1));

    /// <summary>The classes that meet the criterion, bool [N, K].</summary>
    public Tensor Mask => Made(nameof(Mask), () => Classes.Mask(Labels.device));

    /// <summary>The classes that do not meet it, bool [N, K].</summary>
    public Tensor Others => Made(nameof(Others), () => Mask.logical_not());

    /// <summary>
    /// For each image the one class that meets the criterion, [N]; null where some image has several.
    /// </summary>
    public Tensor? OnlyTarget => Only(inside: true);

    /// <summary>For each image the one class that does not meet it, [N]; null where some image has several.</summary>
    public Tensor? OnlyOther => Only(inside: false);

    /// <summary>The size of the margin on the clean images, [N].</summary>
    public Tensor MarginUnit => Made(nameof(MarginUnit), () => tensor(marginUnits, device: Labels.device));

    /// <summary>The size of each gate's excess over its threshold on the clean images, [G, N].</summary>
    public Tensor GateUnit => Made(nameof(GateUnit), () => tensor(
        [.. gateUnits.SelectMany(units => units)], [gateUnits.Length, marginUnits.Length], device: Labels.device));

    /// <summary>Whether an image accepted under a class, or rejected, meets the criterion.</summary>
    public bool IsMetBy(int image, long decided) =>
        decided == Decision.Reject ? Criterion.IsMetByRejection : Classes.Contains(image, decided);

    /// <summary>The same for some of the images, int64 [a].</summary>
    public BatchCriterion Select(Tensor rows) => new(this, rows);

    /// <summary>How the images of an evaluation stand, the mean over their draws.</summary>
    /// <remarks>
    /// With the vote's margin m = max_{k meets} s_k - max_{other k} s_k and each gate's excess e_g = score_g -
    /// threshold_g, all over their size on the clean image, nearness is m without gates; min(m, 0) - sum_g max(e_g, 0)
    /// where the gates have to be passed too; max(m, max_g e_g) where a rejection is enough. A gate of an ensemble
    /// among the members counts where it hides a vote that meets the criterion, all members abstain and that is not
    /// enough. Nearness does not depend on the loss a restart follows, so restarts can be compared.
    /// </remarks>
    /// <param name="output">The evaluation.</param>
    /// <param name="images">In place of which of the N images each is.</param>
    /// <param name="draws">Draws of each.</param>
    public CriterionResult Judge(SurfaceOutput output, ReadOnlySpan<int> images, int draws)
    {
        var (scores, decided) = (HostMemory.ReadFloats(output.Scores), HostMemory.ReadLongs(output.Labels));
        var gateScores = HostMemory.ReadFloats(output.GateScores);
        var thresholds = HostMemory.ReadFloats(output.GateThresholds);
        var (classes, rejecting) = ((int)output.Scores.size(1), output.RejectingGates);
        long[] guarded = output.GuardedVotes is { } votes ? HostMemory.ReadLongs(votes) : [];
        var (share, nearness) = (new float[images.Length], new float[images.Length]);
        for (var row = 0; row < decided.Length; row++)
        {
            var (place, image) = (row % images.Length, images[row % images.Length]);
            var margin = Classes.Margin(scores.AsSpan(row * classes, classes), image) / marginUnits[image];
            nearness[place] += BesideGates(margin, row, image);
            if (IsMetBy(image, decided[row]))
                share[place]++;
        }
        for (var place = 0; place < images.Length; place++)
            (share[place], nearness[place]) = (share[place] / draws, nearness[place] / draws);
        var sure = draws == 1 ? SureDecisions.Of(output) : [.. Enumerable.Repeat(true, images.Length)];
        return new CriterionResult(share, nearness, sure);

        float BesideGates(float margin, int row, int image)
        {
            // A gate of an ensemble among the members stands in the way where its ensemble is wrong and all abstain.
            bool Counts(int gate) => gate < rejecting
                || (decided[row] == Decision.Reject && IsWrong(guarded[(gate - rejecting) * decided.Length + row]));
            bool IsWrong(long vote) => vote != Decision.Reject && Classes.Contains(image, vote);
            if (thresholds.Length == 0 || (rejecting == 0 && Criterion.IsMetByRejection))
                return margin;
            var (sum, most) = (0f, float.NegativeInfinity);
            for (var gate = 0; gate < thresholds.Length; gate++)
            {
                if (!Counts(gate))
                    continue;
                var excess = (gateScores[gate * decided.Length + row] - thresholds[gate]) / gateUnits[gate][image];
                sum += MathF.Max(excess, 0);
                if (gate < rejecting)
                    most = MathF.Max(most, excess);
            }
            if (rejecting == 0 && sum == 0)
                return margin;
            return Criterion.IsMetByRejection ? MathF.Max(margin, most) : MathF.Min(margin, 0) - sum;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Labels.Dispose();
        TargetClasses.Dispose();
        foreach (var tensor in made.Values)
            tensor.Dispose();
    }

    /// <remarks>1 where a class at negative infinity leaves no size.</remarks>
    static Tensor Unit(Tensor values) =>
        values.detach().abs().clamp(min: 1e-6).masked_fill(values.detach().isfinite().logical_not(), 1);

    Tensor? Only(bool inside) => Classes.TheOnly(inside) is { } classes
        ? Made(inside ? nameof(OnlyTarget) : nameof(OnlyOther), () => tensor(classes, device: Labels.device))
        : null;

    /// <summary>A tensor that is made when it is first asked for: most losses need few of them.</summary>
    Tensor Made(string name, Func<Tensor> make)
    {
        if (!made.TryGetValue(name, out var tensor))
            made.Add(name, tensor = make().DetachFromDisposeScope());
        return tensor;
    }

    (Tensor Ranked, int Most) RankTargets(SurfaceOutput clean, int draws)
    {
        var classes = clean.MemberLogits.size(2);
        var support = clean.MemberLogits.detach().log_softmax(-1).sum(dim: 0).view(draws, -1, classes).mean([0]);
        var dead = clean.Scores.detach().view(draws, -1, classes).amax([0]).isneginf();
        var excluded = Others.logical_or(dead);
        excluded = where(excluded.all(1, keepdim: true), Others, excluded);
        // The classes that do not meet the criterion go last, and off the end; those that one member has given up stay.
        var meeting = support.clamp(min: float.MinValue).masked_fill(excluded, float.NegativeInfinity);
        var ranked = meeting.argsort(1, descending: true).narrow(1, 0, classes - 1);
        var sizes = excluded.logical_not().sum(1, keepdim: true);
        var most = sizes.numel() == 0 ? 0 : (int)sizes.max().item<long>();
        sizes = sizes.clamp(min: 1, max: classes - 1);
        var begun = arange(classes - 1, device: ranked.device).unsqueeze(0).remainder(sizes);
        return (ranked.gather(1, begun), most);
    }
}
