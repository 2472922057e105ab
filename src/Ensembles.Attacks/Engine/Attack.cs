using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// An attack that shows its algorithm and nothing else: what it may be run under, its budgets, and how it searches the
/// images of a batch. Checks, batches, the best image of each, confirmation, counts and the result are here.
/// </summary>
/// <remarks>
/// A derived record says its hyperparameters as properties, and in <see cref="Search"/> what it does: it opens restarts
/// on the batch (<see cref="AttackBatch.ForEachRestart(int, Action{ActiveSet})"/>), and moves and evaluates the images
/// of each
/// <see cref="ActiveSet"/>. Whatever it evaluates inside the ball is kept if it is the best so far.
/// </remarks>
public abstract record Attack : IAttack
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<Norm> Norms { get; }

    /// <inheritdoc/>
    public virtual bool IsMinimalNorm => false;

    /// <inheritdoc/>
    public virtual IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants => [];

    /// <summary>What it learns of the defense.</summary>
    protected virtual AttackAccess Access => AttackAccess.Gradients;

    /// <summary>Checks the hyperparameters, before anything else happens.</summary>
    /// <exception cref="ArgumentException">One of them makes no sense.</exception>
    protected virtual void ThrowIfMisconfigured()
    {
    }

    /// <summary>Searches for images of a batch that meet the criterion.</summary>
    protected abstract void Search(AttackBatch batch);

    /// <inheritdoc/>
    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ThrowIfMisconfigured();
        ThrowIfNotFor(this, threat);
        ImageChecks.ThrowIfNotImages(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        var given = images;
        foreach (var known in options.StartingImages)
            ThrowIfNotOneForEach(images, known);
        var count = images.size(0);
        using var ordinaryTensors = inference_mode(false);
        using var graphs = enable_grad();
        using var singlePrecision = DefaultType.Of(ScalarType.Float32);
        using var scope = NewDisposeScope();
        // A copy, since the images may come from inference mode, which autograd refuses.
        images = images.detach().clone();
        labels = labels.to(images.device).clone();
        var device = images.device;
        Tensor[] starts = [.. options.StartingImages.Select(known => known.detach().to(device).clone())];
        options = options with { StartingImages = starts };

        if (count == 0)
            ImageChecks.ThrowIfNotLabels(labels, 0, classCount: 1);
        using var defense = new DefenseUnderAttack(
            surface, Access, options.BatchSize, singlePrecision.Before);
        using var ball = Ball.Create(threat);
        var best = images.clone();
        var (success, blind) = (new List<bool>(), new List<bool>());
        var (defended, probabilities) = (false, true);
        for (long start = 0; start < count; start += defense.ImagesAtOnce)
        {
            using var batchScope = NewDisposeScope();
            using var batch = new AttackBatch(defense, ball, images, labels, options, start);
            batch.IsGradientChecked = !defense.IsFollowed || start > 0;
            if (surface.Members.Count > 1)
                batch.CheckGradient();
            Search(batch);
            batch.CheckGradient();
            if (!batch.Judge())
            {
                // Rounding decided, or worse: the images that stand after all are attacked again, and nothing is left
                // to plans.
                defense.DropPlans();
                Search(batch);
            }
            batch.SearchBlindAnew(Search);
            batch.Settle();
            best.narrow(0, start, batch.Clean.size(0)).copy_(batch.Best);
            success.AddRange(batch.Broken);
            blind.AddRange(batch.Blind);
            probabilities &= batch.ReturnsProbabilities;
            defended |= batch.AnyStanding;
            batch.ReportProgress(1);
        }
        if (defended)
            defense.ThrowIfBlind();

        var distances = DistancesInside(ball, best, given.detach());
        return new AttackResult(
            best.DetachFromDisposeScope(), success, distances, defense.Forwards, defense.Backwards)
        {
            Blind = blind,
            Warnings = [.. WarningsOf(success, blind, probabilities && count > 0)],
        };
    }

    IEnumerable<string> WarningsOf(List<bool> success, List<bool> blind, bool probabilities)
    {
        var (met, standing) = (blind.Count(b => b), success.Zip(blind).Count(i => i.Second && !i.First));
        if (met > 0)
            yield return Access == AttackAccess.Gradients
                ? $"{Name} met a gradient of exactly zero on {met} of {success.Count} images at every step, and "
                + $"{standing} of them stand: the defense saturates or masks its gradient there, or the loss does."
                : $"{Name} saw no slope on {met} of {success.Count} images, of which {standing} stand: every answer "
                + "was that for the clean image. It has shown nothing about them.";
        if (probabilities)
            yield return "The classifier returns probabilities, not logits: their gradient vanishes where it is sure. "
                + "Attack what goes into its softmax.";
    }

    /// <exception cref="ArgumentOutOfRangeException">
    /// A norm the attack does not know, or no radius where it needs one.
    /// </exception>
    internal static void ThrowIfNotFor(IAttack attack, ThreatModel threat)
    {
        if (!attack.Norms.Contains(threat.Norm))
            throw new ArgumentOutOfRangeException(
                nameof(threat), threat.Norm, $"{attack.Name} attacks under {string.Join(", ", attack.Norms)}.");
        if (threat.IsUnbounded && !attack.IsMinimalNorm)
            throw new ArgumentOutOfRangeException(
                nameof(threat), threat.ToString(),
                $"{attack.Name} searches a ball and needs its radius: new ThreatModel(Norm.{threat.Norm}, epsilon). "
                + "Minimal-norm attacks do without one.");
    }

    /// <summary>The distances [N] of the images found from those given, all of them within the ball.</summary>
    /// <exception cref="InvalidOperationException">An image outside the ball or outside [0, 1].</exception>
    double[] DistancesInside(Ball ball, Tensor found, Tensor given)
    {
        using var distance = ball.Distances(found, given).cpu();
        var distances = distance.data<double>().ToArray();
        using var lowest = found.numel() == 0 ? null : found.min();
        using var highest = found.numel() == 0 ? null : found.max();
        // Written so that NaN fails.
        if (distances.All(d => d <= ball.Epsilon) && !(lowest?.item<float>() < 0 || highest?.item<float>() > 1))
            return distances;
        throw new InvalidOperationException(
            $"{Name} found an image at the distance {distances.Max():g4} where {ball.Threat} allows "
            + $"{ball.Epsilon:g4}, or one outside [0, 1]. The attack moved images past its active set, or something "
            + "wrote into the tensors it works on.");
    }

    static void ThrowIfNotOneForEach(Tensor images, Tensor known)
    {
        ImageChecks.ThrowIfNotImages(known);
        if (!known.shape.SequenceEqual(images.shape))
            throw new ArgumentException(
                $"Starting images are one for each image: [{string.Join(", ", images.shape)}], and not "
                + $"[{string.Join(", ", known.shape)}].",
                nameof(known));
    }
}
