using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The versions of <see cref="AutoAttack"/>.</summary>
public enum AutoAttackVersion
{
    /// <summary>APGD-CE, APGD-T, FAB-T and Square: the figure that papers and leaderboards report.</summary>
    Standard,

    /// <summary>APGD-CE and APGD-DLR with five restarts, FAB with five, Square, APGD-T and FAB-T.</summary>
    Plus,

    /// <summary>
    /// APGD-CE and APGD-DLR, for randomised defenses; the gradient is averaged over the draws the defense asks for.
    /// </summary>
    Rand,
}

/// <summary>
/// AutoAttack (Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks"): several attacks with nothing to tune, each on the images that those before it left
/// standing.
/// </summary>
/// <remarks>
/// <para>
/// The result's <see cref="AttackResult.Warnings"/> are the flags of the authors' code, and two of this library's own:
/// they say when the figure is not to be trusted alone. On an ensemble run <see cref="Pgd"/> with
/// <see cref="AttackLoss.Adaptive"/> beside it.
/// </para>
/// <para>
/// A loss that is blind does not end the run where another one sees: with large logits cross-entropy vanishes in
/// float32 while the logit ratio does not. When every attack that follows gradients is blind, the run throws, as each
/// would alone.
/// </para>
/// </remarks>
public sealed record AutoAttack : IAttack
{
    /// <summary>The warning where a defense votes or rejects; settled by <see cref="Pgd"/> beside it.</summary>
    public const string AdaptiveIsMissing =
        "The defense votes or rejects: AutoAttack knows one loss of the vote's scores, and of its attacks APGD alone "
        + "passes gates. Run Pgd with AttackLoss.Adaptive beside it.";

    /// <summary>Square's share of the images by which it may beat the attacks that follow gradients.</summary>
    const double SquareMayGain = 0.002;

    /// <summary>Which attacks it runs.</summary>
    public AutoAttackVersion Version { get; init; }

    /// <inheritdoc/>
    public string Name => $"AutoAttack {Version.ToString().ToLowerInvariant()}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants => Version == AutoAttackVersion.Standard
        ? [("the plus version", this with { Version = AutoAttackVersion.Plus })]
        : [];

    /// <summary>The attacks of the version, in order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such version.</exception>
    public IReadOnlyList<IAttack> Attacks => Version switch
    {
        AutoAttackVersion.Standard =>
            [new Apgd(), new ApgdTargeted(), new FabTargeted(), new Square { RescaleSchedule = false }],
        AutoAttackVersion.Plus =>
        [
            new Apgd { Restarts = 5 }, new Apgd { Loss = AttackLoss.Dlr, Restarts = 5 }, new Fab { Restarts = 5 },
            new Square { RescaleSchedule = false }, new ApgdTargeted(), new FabTargeted(),
        ],
        AutoAttackVersion.Rand => [new Apgd(), new Apgd { Loss = AttackLoss.Dlr }],
        _ => throw new ArgumentOutOfRangeException(nameof(Version), Version, "The version is Standard, Plus or Rand."),
    };

    /// <inheritdoc/>
    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        Attack.ThrowIfNotFor(this, threat);
        var stages = Attacks;
        using var scope = NewDisposeScope();
        var (blind, following) = (new List<ZeroGradientException>(), 0);
        var warnings = new List<string>();
        AttackResult? whole = null;
        for (var stage = 0; stage < stages.Count && whole?.Success.All(s => s) != true; stage++)
        {
            var attack = stages[stage];
            var part = options with { Progress = ShareOf(options.Progress, stage, stages.Count) };
            following += attack is Square ? 0 : 1;
            try
            {
                var next = Continue(whole, attack, surface, images, labels, threat, part);
                var gained = whole is null ? 0 : Broken(next) - Broken(whole);
                if (attack is Square && gained > SquareMayGain * next.Success.Count)
                    warnings.Add(
                        $"Square, which asks for no gradient, broke {gained} {(gained == 1 ? "image" : "images")} "
                        + "that the attacks before it left: the defense hides its gradient, and a longer or adaptive "
                        + "attack will find more.");
                whole = next;
            }
            catch (ZeroGradientException exception)
            {
                blind.Add(exception);
                warnings.Add(
                    $"{attack.Name} found no gradient and is not part of the figure: {exception.Message}");
            }
        }
        if (whole is null || (blind.Count > 0 && blind.Count == following))
            throw blind[0];
        if (images.size(0) > 0)
        {
            var some = images.narrow(0, 0, Math.Min(images.size(0), options.BatchSize));
            warnings.AddRange(AutoAttackFlags.Find(surface, some, labels, Version, options));
        }
        if (whole.Success.Zip(whole.Blind).Count(i => i.Second && !i.First) is > 0 and var standing)
            warnings.Add(
                $"The gradient was exactly zero on {whole.Blind.Count(b => b)} images for every attack that follows "
                + $"one, and {standing} of them stand: the defense saturates or masks it there.");
        options.Progress?.Report(1);
        whole.Images.DetachFromDisposeScope();
        return whole with { Warnings = warnings };
    }

    /// <summary>Runs an attack on what is still standing.</summary>
    static AttackResult Continue(
        AttackResult? whole, IAttack attack, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat,
        AttackOptions options)
    {
        if (whole is null)
            return attack.Run(surface, images, labels, threat, options);
        int[] open = [.. Enumerable.Range(0, whole.Success.Count).Where(i => !whole.Success[i])];
        var imagesLeft = images.index_select(0, HostMemory.Index(open, images.device));
        var labelsLeft = labels.index_select(0, HostMemory.Index(open, labels.device));
        var part = attack.Run(surface, imagesLeft, labelsLeft, threat, options.Select(open));

        var (success, distance) = (whole.Success.ToArray(), whole.Distance.ToArray());
        int[] broken = [.. Enumerable.Range(0, open.Length).Where(i => part.Success[i])];
        foreach (var i in broken)
            (success[open[i]], distance[open[i]]) = (true, part.Distance[i]);
        HostMemory.CopyRows(part.Images, broken, whole.Images, [.. broken.Select(i => open[i])]);
        // Blind to what every attack that follows gradients is blind to.
        var blind = whole.Blind.ToArray();
        for (var i = 0; attack is not Square && i < open.Length; i++)
            blind[open[i]] &= part.Blind[i];
        return new AttackResult(
            whole.Images, success, distance, whole.Forwards + part.Forwards, whole.Backwards + part.Backwards)
        {
            Blind = blind,
        };
    }

    static IProgress<double>? ShareOf(IProgress<double>? progress, int stage, int stages) =>
        progress is null ? null : new ShareOfProgress(progress, (double)stage / stages, 1.0 / stages);

    static int Broken(AttackResult result) => result.Success.Count(s => s);
}
