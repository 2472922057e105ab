using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What every attack has in common: checks before the first step, batches, and the result.</summary>
static class AttackLoop
{
    /// <summary>Runs an attack that follows gradients, batch by batch.</summary>
    /// <exception cref="ZeroGradientException">A member's gradient is zero, or that of everything the attack pushed.</exception>
    public static AttackResult FollowGradient(
        IAttack attack, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options, Action<AttackBatch> work) =>
        Run(attack, surface, images, labels, threat, options, work, Access.Gradient);

    /// <summary>Runs an attack that only evaluates, scores included, batch by batch.</summary>
    public static AttackResult Search(
        IAttack attack, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options, Action<AttackBatch> work) =>
        Run(attack, surface, images, labels, threat, options, work, Access.Scores);

    /// <summary>Runs an attack that asks for labels and sees nothing else, batch by batch.</summary>
    public static AttackResult Decide(
        IAttack attack, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options, Action<AttackBatch> work) =>
        Run(attack, surface, images, labels, threat, options, work, Access.Labels);

    static AttackResult Run(
        IAttack attack, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options, Action<AttackBatch> work,
        Access access)
    {
        threat.ThrowIfNotFor(attack);
        ImageChecks.ThrowIfNotImages(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        foreach (var known in options.StartingImages)
            ThrowIfNotFor(images, known);
        var count = images.size(0);
        using var ordinaryTensors = inference_mode(false);
        using var graphs = enable_grad();
        using var scope = NewDisposeScope();
        // A copy, since the images may come from inference mode, which autograd refuses.
        images = images.detach().clone();
        labels = labels.to(images.device).clone();
        var device = images.device;
        options = options with { StartingImages = [.. options.StartingImages.Select(known => known.detach().to(device).clone())] };

        if (count == 0)
            ImageChecks.ThrowIfNotLabels(labels, 0, classCount: 1);
        using var victim = new Victim(surface, access, options.BatchSize);
        using var ball = Ball.Of(threat);
        var best = images.clone();
        var success = new List<bool>();
        var defended = false;
        for (long start = 0; start < count; start += victim.ImagesAtOnce)
        {
            using var batchScope = NewDisposeScope();
            var size = Math.Min(victim.ImagesAtOnce, count - start);
            using var batch = new AttackBatch(victim, ball, images, labels, options, start)
            {
                Progress = done => options.Progress?.Report((start + done * size) / count),
            };
            if (victim.IsFollowed && start == 0)
                GradientCheck.ThrowIfMemberHasNone(victim, batch);
            work(batch);
            if (!batch.Judge())
            {
                // Rounding decided, or worse: the images that stand after all are attacked again, and nothing is left to plans.
                victim.DropPlans();
                work(batch);
            }
            best.narrow(0, start, size).copy_(batch.Best);
            success.AddRange(batch.Broken);
            defended |= batch.AnyStanding;
            options.Progress?.Report((double)(start + size) / count);
        }
        if (defended)
            victim.ThrowIfBlind();

        using var distance = ball.Distances(best, images).cpu();
        return new AttackResult(best.DetachFromDisposeScope(), success, distance.data<double>().ToArray(), victim.Forwards, victim.Backwards);
    }

    static void ThrowIfNotFor(Tensor images, Tensor known)
    {
        ImageChecks.ThrowIfNotImages(known);
        if (!known.shape.SequenceEqual(images.shape))
            throw new ArgumentException(
                $"Starting images are one for each image: [{string.Join(", ", images.shape)}], and not [{string.Join(", ", known.shape)}].",
                nameof(known));
    }
}
