namespace Ensembles.Attacks;

/// <summary>
/// Transfer from substitutes (Papernot et al. 2017, "Practical black-box attacks against machine learning"; Szegedy et
/// al. 2013 [33]): images crafted on other networks, and on each member of the defense alone, are shown to the defense,
/// and the best for each image is kept by its exact decision.
/// </summary>
/// <remarks>
/// <para>
/// It breaks what hides its gradient and decides as its neighbours do: give it the undefended twin of a defense. It
/// should break less than an attack on the defense itself; where it breaks more, that attack is not to be trusted
/// (Carlini et al. 2019). Gates are not known to it and reject what they reject.
/// </para>
/// <para>
/// On each substitute it crafts the widest margin the attack finds, not the first wrong image. What passes through the
/// substitutes is counted among forwards and backwards.
/// </para>
/// </remarks>
public sealed record Transfer : Attack
{
    /// <summary>What it crafts with; an attack that searches a ball.</summary>
    public IAttack Attack { get; init; } = new MiFgsm();

    /// <summary>Other defenses to craft on; of a classifier, <see cref="AttackSurface.FromClassifier"/>.</summary>
    public IReadOnlyList<AttackSurface> Substitutes { get; init; } = [];

    /// <summary>
    /// Whether each member of the defense, alone and without gates, is a substitute too. Then a member without a
    /// gradient raises, as it does for attacks on the defense itself: images of its neighbours alone would make it look
    /// robust.
    /// </summary>
    public bool Members { get; init; } = true;

    /// <inheritdoc/>
    public override string Name => $"Transfer of {Attack.Name}"
        + (Substitutes.Count == 0 ? "" : $" from {Substitutes.Count}{(Members ? " and the members" : "")}");

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => Attack.Norms;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [.. Attack.StrongerVariants.Select(more => (more.Words, (IAttack)(this with { Attack = more.Attack })))];

    /// <inheritdoc/>
    protected override AttackAccess Access => Members ? AttackAccess.Gradients : AttackAccess.Scores;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// No substitute, or an attack that looks for the smallest perturbation.
    /// </exception>
    protected override void ThrowIfMisconfigured()
    {
        if (Attack.IsMinimalNorm)
            throw new ArgumentException(
                $"{Attack.Name} stops at the boundary of a substitute, and what it finds there does not transfer: "
                + "craft with an attack that searches a ball, such as MiFgsm or Pgd.",
                nameof(Attack));
        if (Substitutes.Count == 0 && !Members)
            throw new ArgumentException(
                "There is nothing to craft on: give substitutes, or let the members be some.", nameof(Substitutes));
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var members = Enumerable.Range(0, Members ? batch.Surface.Members.Count : 0).Select(batch.Surface.Alone);
        Substitute[] all = [.. Substitutes.Concat(members).Select(surface => new Substitute(surface))];
        batch.ForEachRestart(all.Length, active =>
        {
            // Substitutes never decide, and what they cannot say is not what an attack on them may wait for: a
            // rejection.
            var criterion = active.Criterion;
            var crafting = batch.Options with
            {
                Criterion = criterion.IsMetByRejection ? criterion & Criterion.Misclassified : criterion,
                StartingImages = [],
                Seed = (int)(active.Seed(1) % int.MaxValue),
                Progress = new ImmediateProgress<double>(active.ReportProgress),
            };
            using var crafted = Attack.Run(
                all[active.Restart], active.Clean, active.Labels, batch.Ball.Threat, crafting);
            batch.Defense.CountElsewhere(crafted);
            active.MoveTo(crafted.Images);
            active.Evaluate();
        });
    }
}
